DELETE FROM registration WHERE id = ANY($1::bigint[]) AND account = $2 AND dialect = $3
RETURNING track
