SELECT id, account, dialect, url, operator, disabled, created, settings, secret, former_secret, former_until
FROM endpoint ORDER BY id
