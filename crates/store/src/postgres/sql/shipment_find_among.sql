-- The same among the journeys of few tracks, each looked up by itself.
SELECT s.id, s.moved
FROM unnest($9::bigint[]) AS w (track)
CROSS JOIN LATERAL (
    SELECT s.id, s.moved
    FROM shipment AS s
    WHERE s.account = $1 AND s.id >= w.track << 10 AND s.id < (w.track + 1) << 10
      AND ($2::smallint IS NULL OR s.stage = $2)
      AND ($3::smallint IS NULL OR s.milestone = $3)
      AND ($4::bytea IS NULL OR s.carrier = $4)
      AND ($5::integer IS NULL OR s.moved >= $5)
      AND ($6::integer IS NULL OR s.moved <= $6)
      AND ($7::bigint IS NULL OR s.created >= $7)
      AND ($8::bigint IS NULL OR s.created < $8)
      AND ($12::boolean IS NULL OR EXISTS (SELECT FROM registration AS g WHERE g.track = s.id >> 10) = $12)
    ORDER BY s.id DESC
    LIMIT 1024
) AS s
WHERE $10::bigint IS NULL OR s.id < $10
ORDER BY s.id DESC
LIMIT $11
