INSERT INTO payload (id, track, body) VALUES (?1, ?2, ?3)
