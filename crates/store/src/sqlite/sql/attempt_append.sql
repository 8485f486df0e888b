INSERT INTO attempt (account, earliest, latest, body) VALUES (?1, ?2, ?3, ?4)
