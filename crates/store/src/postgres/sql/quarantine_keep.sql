INSERT INTO quarantine_payload (quarantine, track, received, known_by, body)
SELECT $1::bigint, $2::bigint, $3::bigint, $4::bytea, $5::bytea
WHERE (SELECT count(*) FROM quarantine_payload WHERE quarantine = $1) < $6
ON CONFLICT (quarantine, known_by) DO NOTHING
