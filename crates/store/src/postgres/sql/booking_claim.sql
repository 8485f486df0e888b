WITH due AS (
    SELECT b.fulfilment FROM booking AS b
    JOIN connection AS c ON c.id = b.connection AND NOT c.paused
    WHERE b.due <= $1
    ORDER BY b.due
    LIMIT $3
    FOR UPDATE OF b SKIP LOCKED
)
UPDATE booking AS b SET due = $1 + $2, lease = $1 + $2, tries = tries + 1
FROM due WHERE b.fulfilment = due.fulfilment
RETURNING b.fulfilment, b.connection, b.account, b.lease, b.news, b.tries, b.failures, b.told
