DELETE FROM idempotency WHERE created < ?1
