INSERT INTO entrusted (track, connection, account, given) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (track, connection) DO UPDATE SET given = excluded.given
