WITH due AS (
    SELECT track, connection, due FROM poll
    WHERE due <= $1
    ORDER BY due
    LIMIT $3
    FOR UPDATE SKIP LOCKED
)
UPDATE poll AS p SET due = $1 + $2
FROM due WHERE p.track = due.track AND p.connection = due.connection
RETURNING p.track, p.connection, p.account, p.carrier, p.number, due.due, p.failures
