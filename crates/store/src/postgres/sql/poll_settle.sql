-- Only while the claim stands: what was ended meanwhile stays ended, and what was woken, asked for or
-- claimed again meanwhile is asked.
UPDATE poll AS p SET due = w.due, failures = w.failures, kind = 2
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::integer[], $5::bigint[],
    $6::smallint[])
    AS w (track, connection, due, failures, fence, kind)
WHERE p.track = w.track AND p.connection = w.connection AND p.due = w.fence AND p.kind = w.kind
