SELECT r.id, r.account, r.kind, r.code, r.created, r.updated, r.created_by, r.updated_by, r.version,
    r.facts, r.personal
FROM record AS r WHERE r.id = ANY($1::bigint[])
