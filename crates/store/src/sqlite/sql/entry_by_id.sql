SELECT id, account, dialect, track, carrier, number, created, data, refs, refreshed
FROM registration WHERE id = ?1 AND account = ?2 AND dialect = ?3
