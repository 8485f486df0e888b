SELECT id, body FROM log WHERE id > $1 ORDER BY id LIMIT $2
