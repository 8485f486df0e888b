SELECT id, account, dialect, name, created, expires, disabled, client_id, user_name, scopes,
    key, secret, password, used
FROM api_key WHERE dialect = $1 AND client_id = $2 ORDER BY id
