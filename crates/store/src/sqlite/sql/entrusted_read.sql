SELECT track, given, edits, refreshes, moved_from,
    EXISTS (SELECT 1 FROM registration WHERE registration.track = entrusted.track)
FROM entrusted WHERE track = ?1 AND connection = ?2
