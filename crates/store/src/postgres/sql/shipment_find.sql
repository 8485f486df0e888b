-- Planned anew for each question, so that what is not asked for falls away.
SELECT s.id, s.moved
FROM shipment AS s
WHERE s.account = $1
  AND ($2::smallint IS NULL OR s.stage = $2)
  AND ($3::smallint IS NULL OR s.milestone = $3)
  AND ($4::bytea IS NULL OR s.carrier = $4)
  AND ($5::integer IS NULL OR s.moved >= $5)
  AND ($6::integer IS NULL OR s.moved <= $6)
  AND ($7::bigint IS NULL OR s.created >= $7)
  AND ($8::bigint IS NULL OR s.created < $8)
  AND ($9::bigint IS NULL OR s.id < $9)
  AND ($10::bytea IS NULL OR s.number_key >= $10)
  AND ($11::bytea IS NULL OR s.number_key < $11)
  AND ($12::bytea IS NULL OR EXISTS (
      SELECT FROM reference AS r
      WHERE r.track = s.id >> 10 AND r.key >= $12 AND ($13::bytea IS NULL OR r.key < $13)))
  AND ($15::boolean IS NULL OR EXISTS (SELECT FROM registration AS g WHERE g.track = s.id >> 10) = $15)
ORDER BY s.id DESC
LIMIT $14
