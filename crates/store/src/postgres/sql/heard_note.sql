UPDATE poll AS p SET heard = w.at
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS w (track, connection, at)
WHERE p.track = w.track AND p.connection = w.connection AND (p.heard IS NULL OR p.heard < w.at)
