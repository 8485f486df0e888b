SELECT r.id, r.account, r.kind, r.code, r.created, r.updated, r.created_by, r.updated_by, r.version,
    r.facts, r.personal
FROM record_facet AS f JOIN record AS r ON r.id = f.record
WHERE f.account = ?1 AND f.kind = ?2 AND f.facet = ?3 AND f.value = ?4 AND f.also = 0
ORDER BY f.created, f.record LIMIT ?5
