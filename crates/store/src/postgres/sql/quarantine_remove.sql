DELETE FROM quarantine WHERE id IN (
    SELECT id FROM quarantine AS q
    WHERE last < $1 AND NOT EXISTS (SELECT FROM quarantine_payload AS p WHERE p.quarantine = q.id)
    LIMIT $2
)
