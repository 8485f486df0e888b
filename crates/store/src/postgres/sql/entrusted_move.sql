-- Where nobody has the number registered under its old carrier any more, and the upstream is asked
-- about the new one.
INSERT INTO entrusted (track, connection, account, moved_from)
SELECT w.target, e.connection, e.account, e.track
FROM unnest($1::bigint[], $2::bigint[]) AS w (origin, target)
JOIN entrusted AS e ON e.track = w.origin AND e.moved_from IS NULL
WHERE EXISTS (SELECT 1 FROM poll WHERE poll.track = w.target AND poll.connection = e.connection)
    AND NOT EXISTS (SELECT 1 FROM registration WHERE registration.track = e.track)
ON CONFLICT (track, connection) DO NOTHING
