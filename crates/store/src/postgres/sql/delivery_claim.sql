WITH due AS (
    SELECT endpoint, shard, number, due FROM delivery
    WHERE due <= $1 AND endpoint NOT IN (SELECT id FROM endpoint WHERE disabled)
    ORDER BY due
    LIMIT $3
    FOR UPDATE SKIP LOCKED
)
UPDATE delivery AS d SET due = $1 + $2
FROM due WHERE d.endpoint = due.endpoint AND d.shard = due.shard AND d.number = due.number
RETURNING d.endpoint, d.shard, d.number, d.shipment, due.due, d.attempts, d.done
