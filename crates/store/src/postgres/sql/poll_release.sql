-- Where nobody has the number registered any more.
UPDATE poll SET due = NULL
WHERE track = ANY($1::bigint[])
    AND NOT EXISTS (SELECT 1 FROM registration WHERE registration.track = poll.track)
