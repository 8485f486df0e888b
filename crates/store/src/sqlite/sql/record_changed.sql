SELECT updated FROM record WHERE id = ?1
