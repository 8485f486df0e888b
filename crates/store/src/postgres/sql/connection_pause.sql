UPDATE connection SET paused = $3 WHERE account = $1 AND id = $2
RETURNING id, account, dialect, name, base_url, operator, zone, paused, created, token, settings
