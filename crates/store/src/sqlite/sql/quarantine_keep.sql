INSERT INTO quarantine_payload (quarantine, track, received, known_by, body)
SELECT ?1, ?2, ?3, ?4, ?5
WHERE (SELECT count(*) FROM quarantine_payload WHERE quarantine = ?1) < ?6
ON CONFLICT (quarantine, known_by) DO NOTHING
