INSERT INTO api_key
    (account, dialect, name, created, expires, disabled, client_id, user_name, scopes, key_hash,
     key, secret, password)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
RETURNING id
