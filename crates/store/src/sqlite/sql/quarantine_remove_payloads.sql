DELETE FROM quarantine_payload WHERE id IN (
    SELECT id FROM quarantine_payload WHERE received < ?1 LIMIT ?2
)
