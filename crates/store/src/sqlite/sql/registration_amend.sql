UPDATE registration SET data = ?2, refs = ?3, amended = ?4 WHERE id = ?1
