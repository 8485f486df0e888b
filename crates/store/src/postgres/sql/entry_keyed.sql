SELECT id, account, dialect, track, carrier, number, created, data, refs, refreshed
FROM registration
WHERE account = $1 AND dialect = $2 AND key = ANY($8::bytea[]) AND created BETWEEN $3 AND $4
    AND (created, id) < ($5, $6)
ORDER BY created DESC, id DESC LIMIT $7
