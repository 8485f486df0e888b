SELECT id, account, dialect, track, carrier, number, created, data, refs, refreshed
FROM registration WHERE id = ANY($1::bigint[]) AND account = $2 AND dialect = $3
ORDER BY id
FOR UPDATE
