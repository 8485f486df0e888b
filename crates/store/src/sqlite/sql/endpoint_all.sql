SELECT id, account, dialect, url, operator, disabled, created, settings, secret FROM endpoint ORDER BY id
