SELECT r.id, r.account, r.kind, r.code, r.created, r.updated, r.created_by, r.updated_by, r.version,
    r.facts, r.personal
FROM record_name AS n JOIN record AS r ON r.id = n.record
WHERE n.account = ?1 AND n.kind = ?2 AND n.name = ?3 AND n.text = ?4 AND n.scope = ?5
ORDER BY n.twin LIMIT 1
