-- What was ended meanwhile stays ended, and what somebody asked for meanwhile is asked for.
UPDATE poll AS p SET due = w.due, failures = w.failures, kind = 2
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::integer[], $5::bigint[])
    AS w (track, connection, due, failures, at)
WHERE p.track = w.track AND p.connection = w.connection AND p.due IS NOT NULL
    AND (p.kind > 0 OR p.due > w.at)
