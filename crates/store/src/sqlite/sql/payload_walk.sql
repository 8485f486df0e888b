SELECT id, track FROM payload
WHERE id >= ?1 AND id < ?2 AND id < (SELECT max(id) FROM payload)
ORDER BY id LIMIT ?3
