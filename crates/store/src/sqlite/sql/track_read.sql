SELECT track.body, track_key.wrapped, track_key.since, track.upto
FROM track LEFT JOIN track_key ON track_key.track = track.id
WHERE track.id = ?1
