SELECT count(*) FROM registration
WHERE account = ?1 AND dialect = ?2 AND key = ?5 AND created >= ?3 AND created <= ?4
