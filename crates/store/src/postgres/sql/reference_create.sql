INSERT INTO reference (account, key, track, reference)
SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::bigint[], $4::bytea[])
ON CONFLICT (account, key, track) DO NOTHING
