SELECT record FROM record_name WHERE account = ?1 AND kind = ?2 AND name = ?3 AND text >= ?4 AND text < ?5
LIMIT ?6
