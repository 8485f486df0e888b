-- Where nobody has the number registered under its old carrier any more, and the upstream is asked
-- about the new one.
INSERT INTO entrusted (track, connection, account, moved_from)
SELECT ?2, connection, account, ?1 FROM entrusted AS e
WHERE e.track = ?1 AND e.moved_from IS NULL
    AND EXISTS (SELECT 1 FROM poll WHERE track = ?2 AND connection = e.connection)
    AND NOT EXISTS (SELECT 1 FROM registration WHERE track = ?1)
ON CONFLICT (track, connection) DO NOTHING
