-- Where nobody has the number registered any more: upstreams that have it of us are told so, unless
-- they are told of another carrier in its place.
UPDATE poll SET (due, kind) = (
    SELECT CASE WHEN count(*) > 0 THEN ?2 END, CASE WHEN count(*) > 0 THEN 0 ELSE poll.kind END
    FROM entrusted AS e
    WHERE e.track = poll.track AND e.connection = poll.connection AND NOT EXISTS (
        SELECT 1 FROM entrusted AS m WHERE m.moved_from = e.track AND m.connection = e.connection
    )
)
WHERE track = ?1 AND NOT EXISTS (SELECT 1 FROM registration WHERE track = ?1)
