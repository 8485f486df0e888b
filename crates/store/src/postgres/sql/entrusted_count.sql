SELECT count(*) FROM entrusted AS e
WHERE connection = $1 AND (edits > 0 OR refreshes > 0 OR moved_from IS NOT NULL
    OR NOT EXISTS (SELECT 1 FROM registration WHERE registration.track = e.track))
