DELETE FROM idempotency WHERE created < ?1 AND key NOT LIKE 'quarantine/%'
