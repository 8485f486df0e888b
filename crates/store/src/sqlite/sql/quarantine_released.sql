DELETE FROM quarantine
WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM quarantine_payload AS p WHERE p.quarantine = ?1)
