SELECT r.id, r.account, r.kind, r.code, r.created, r.updated, r.created_by, r.updated_by, r.version,
    r.facts, r.personal, u.n
FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::bytea[], $5::bigint[])
    WITH ORDINALITY AS u (account, kind, name, text, scope, n)
CROSS JOIN LATERAL (SELECT x.record FROM record_name AS x
    WHERE x.account = u.account AND x.kind = u.kind AND x.name = u.name AND x.text = u.text
        AND x.scope = u.scope
    ORDER BY x.twin LIMIT 1) AS h
JOIN record AS r ON r.id = h.record
