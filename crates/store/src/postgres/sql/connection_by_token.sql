SELECT id, account, dialect, name, base_url, operator, zone, paused, created, token, settings
FROM connection WHERE dialect = $1 AND token_hash = $2
