SELECT id, account, kind, code, created, updated, created_by, updated_by, version, facts, personal
FROM record WHERE id = ?1 AND account = ?2
