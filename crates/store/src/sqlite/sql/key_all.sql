SELECT id, account, dialect, name, created, expires, disabled, client_id, user_name, scopes, key_hash, key,
    secret, password, used
FROM api_key ORDER BY id
