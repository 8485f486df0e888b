INSERT INTO account (name, created) VALUES (?1, ?2)
