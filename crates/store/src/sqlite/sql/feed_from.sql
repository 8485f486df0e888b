SELECT number, body FROM feed WHERE number > ?1 ORDER BY number
