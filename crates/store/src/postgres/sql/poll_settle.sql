-- What was ended meanwhile stays ended, and what was woken or asked for meanwhile is asked.
UPDATE poll AS p SET due = w.due, failures = w.failures, kind = 2
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::integer[], $5::bigint[],
    $6::smallint[])
    AS w (track, connection, due, failures, at, kind)
WHERE p.track = w.track AND p.connection = w.connection AND p.due IS NOT NULL AND p.kind = w.kind
    AND (p.kind > 0 OR p.due > w.at)
