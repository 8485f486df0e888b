-- The caller sorts what it wants, so that two nodes that create the same numbers wait for each other
-- in one order. Whoever loses finds the winner's track by asking again.
INSERT INTO number (number_key, carrier, account, track)
SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::bigint[], $4::bigint[])
ON CONFLICT (number_key, carrier, account) DO NOTHING
RETURNING track
