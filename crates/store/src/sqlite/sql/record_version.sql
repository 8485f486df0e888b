SELECT version FROM record WHERE id = ?1 AND account = ?2 AND kind = ?3
