INSERT INTO endpoint (account, dialect, url, operator, disabled, created, settings, secret)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
