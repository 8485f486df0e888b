SELECT id, body FROM track WHERE id > $1 ORDER BY id LIMIT $2
