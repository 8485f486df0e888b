-- Numbers what is committed and has no number, in id order, without gaps. Runs in the transaction
-- that took or renewed the lease: its lock on the lease's row keeps every other node out.
WITH lease AS (
    SELECT shard, next_number FROM feed_lease WHERE shard = $1 AND holder = $2
), fresh AS (
    SELECT id, changes FROM feed
    WHERE shard = $1 AND first_number IS NULL
    ORDER BY id
    LIMIT $3
), numbered AS (
    SELECT f.id, f.changes,
        lease.next_number + sum(f.changes) OVER (ORDER BY f.id) - f.changes AS first_number
    FROM fresh AS f CROSS JOIN lease
), stamped AS (
    UPDATE feed SET first_number = n.first_number
    FROM numbered AS n WHERE feed.id = n.id
    RETURNING n.changes
)
UPDATE feed_lease AS l SET next_number = l.next_number + s.total
FROM (SELECT sum(changes)::bigint AS total FROM stamped) AS s
WHERE l.shard = $1 AND l.holder = $2 AND s.total IS NOT NULL
RETURNING l.next_number - 1
