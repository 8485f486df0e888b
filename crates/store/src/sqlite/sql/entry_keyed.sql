SELECT id, account, dialect, track, carrier, number, created, data, refs, refreshed
FROM registration
WHERE account = ?1 AND dialect = ?2 AND key = ?8 AND created >= ?3 AND created <= ?4
    AND (created, id) < (?5, ?6)
ORDER BY created DESC, id DESC LIMIT ?7
