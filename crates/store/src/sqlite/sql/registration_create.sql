INSERT INTO registration (track, shard, account, dialect, carrier, number, created, data)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
