SELECT id, account, dialect, name, base_url, operator, zone, paused, created, token, settings
FROM connection WHERE id = $1
