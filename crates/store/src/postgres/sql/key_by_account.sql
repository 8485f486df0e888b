SELECT id, account, dialect, name, created, expires, disabled, client_id, user_name, scopes,
    key, secret, password, used
FROM api_key WHERE account = $1 ORDER BY id
