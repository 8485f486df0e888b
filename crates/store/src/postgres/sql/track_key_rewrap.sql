UPDATE track_key SET wrapped = w.wrapped
FROM unnest($1::bigint[], $2::bytea[]) AS w (track, wrapped)
WHERE track_key.track = w.track
