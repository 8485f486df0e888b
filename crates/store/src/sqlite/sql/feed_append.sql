INSERT INTO feed (number, changes, body) VALUES (?1, ?2, ?3)
