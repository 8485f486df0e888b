INSERT INTO idempotency (account, key, fingerprint, status, body, created)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (account, key) DO NOTHING
