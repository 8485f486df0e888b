SELECT body FROM track WHERE id = ?1
