-- Runs after the locks, so that it sees every erasure that came before them. A key travels only where
-- the caller does not remember it with the version that stands.
SELECT k.track, k.wrapped
FROM unnest($1::bigint[], $2::bigint[]) AS w (id, version)
JOIN track AS t ON t.id = w.id AND t.version <> w.version
JOIN track_key AS k ON k.track = t.id
