SELECT track, given, edits, refreshes, moved_from,
    EXISTS (SELECT 1 FROM registration WHERE registration.track = entrusted.track)
FROM entrusted WHERE track = ANY($1::bigint[]) AND connection = $2
