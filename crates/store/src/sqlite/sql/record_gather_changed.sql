SELECT id FROM record WHERE account = ?1 AND kind = ?2 AND updated >= ?3 AND updated < ?4 LIMIT ?5
