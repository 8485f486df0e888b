DELETE FROM registration WHERE track = ANY($1::bigint[]) AND dialect = $2
