DELETE FROM quarantine
WHERE id = $1 AND NOT EXISTS (SELECT FROM quarantine_payload AS p WHERE p.quarantine = $1)
