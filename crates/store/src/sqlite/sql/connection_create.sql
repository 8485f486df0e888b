INSERT INTO connection (account, dialect, name, base_url, operator, zone, paused, created, token_hash, token,
    settings)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
