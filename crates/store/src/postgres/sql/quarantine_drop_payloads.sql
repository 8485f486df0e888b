DELETE FROM quarantine_payload WHERE quarantine IN (
    SELECT id FROM quarantine WHERE id = $1 AND ($2::bigint IS NULL OR account = $2)
)
