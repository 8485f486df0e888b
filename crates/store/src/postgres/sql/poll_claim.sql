WITH due AS (
    SELECT track, connection, due FROM poll
    WHERE connection = $1 AND kind = $2 AND due <= $3
    ORDER BY due
    LIMIT $5
    FOR UPDATE SKIP LOCKED
)
UPDATE poll AS p SET due = $3 + $4
FROM due WHERE p.track = due.track AND p.connection = due.connection
RETURNING p.track, p.connection, p.account, p.carrier, p.number, due.due, p.failures, p.kind, p.heard,
    p.due AS fence
