SELECT body FROM payload WHERE id = ?1
