DELETE FROM idempotency AS i USING (
    SELECT account, key FROM idempotency
    WHERE created < $1
    ORDER BY created
    LIMIT 100
    FOR UPDATE SKIP LOCKED
) AS old
WHERE i.account = old.account AND i.key = old.key
