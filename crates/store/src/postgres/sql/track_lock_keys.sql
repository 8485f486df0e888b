-- Runs after the locks, so that it sees every erasure that came before them.
SELECT track, wrapped FROM track_key WHERE track = ANY($1::bigint[])
