SELECT r.track, r.account, r.dialect, r.id, r.data, r.refs
FROM registration AS r
JOIN unnest($1::bigint[], $2::bigint[], $3::text[]) AS w (track, account, dialect)
    ON r.track = w.track AND r.account = w.account AND r.dialect = w.dialect
ORDER BY r.id
FOR UPDATE OF r
