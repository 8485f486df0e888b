SELECT fingerprint, status, body FROM idempotency WHERE account = ?1 AND key = ?2
