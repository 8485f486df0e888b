DELETE FROM idempotency AS i USING (
    SELECT account, key FROM idempotency
    WHERE created < $1 AND key LIKE 'quarantine/%'
    ORDER BY created
    LIMIT $2
    FOR UPDATE SKIP LOCKED
) AS old
WHERE i.account = old.account AND i.key = old.key
