UPDATE api_key SET disabled = coalesce($3, disabled),
    expires = CASE WHEN $4 THEN $5 ELSE expires END
WHERE account = $1 AND id = $2
RETURNING id, account, dialect, name, created, expires, disabled, client_id, user_name, scopes,
    key, secret, password, used
