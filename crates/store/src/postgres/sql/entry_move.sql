UPDATE registration AS r
SET track = w.track, carrier = $3, created = $4, clock_at = $5, clock_told = 0, clock_since = NULL,
    refreshed = NULL
FROM unnest($1::bigint[], $2::bigint[]) AS w (id, track)
WHERE r.id = w.id
