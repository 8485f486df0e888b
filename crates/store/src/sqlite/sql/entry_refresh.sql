UPDATE registration SET refreshed = ?2 WHERE id = ?1
