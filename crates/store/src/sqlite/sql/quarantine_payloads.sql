SELECT id, received, body FROM quarantine_payload
WHERE quarantine = ?1 AND id > ?2
ORDER BY id
LIMIT ?3
