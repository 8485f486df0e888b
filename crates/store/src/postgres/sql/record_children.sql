SELECT r.id, r.account, r.kind, r.code, r.created, r.updated, r.created_by, r.updated_by, r.version,
    r.facts, r.personal, u.n
FROM unnest($1::bigint[], $2::smallint[], $3::bigint[]) WITH ORDINALITY AS u (account, kind, parent, n)
CROSS JOIN LATERAL (SELECT f.record, f.created FROM record_facet AS f
    WHERE f.account = u.account AND f.kind = u.kind AND f.facet = $4::smallint AND f.value = u.parent AND f.also = 0
    ORDER BY f.created, f.record LIMIT $5::bigint) AS h
JOIN record AS r ON r.id = h.record
ORDER BY u.n, h.created, h.record
