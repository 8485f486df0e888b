SELECT count(*) FROM registration
WHERE account = $1 AND dialect = $2 AND created BETWEEN $3 AND $4
