SELECT count(*) FROM registration
WHERE account = $1 AND dialect = $2 AND key = ANY($5::bytea[]) AND created BETWEEN $3 AND $4
