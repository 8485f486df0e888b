DELETE FROM idempotency WHERE (account, key) IN (
    SELECT account, key FROM idempotency
    WHERE created < ?1 AND key LIKE 'quarantine/%' LIMIT ?2
)
