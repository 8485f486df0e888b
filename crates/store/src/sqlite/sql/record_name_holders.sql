SELECT record FROM record_name WHERE account = ?1 AND kind = ?2 AND name = ?3 AND text = ?4
