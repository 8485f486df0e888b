INSERT INTO log (chunk, tracks, statements, body) VALUES (?1, ?2, ?3, ?4)
