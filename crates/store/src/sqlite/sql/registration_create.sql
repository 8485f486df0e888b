INSERT INTO registration
    (track, shard, account, dialect, carrier, number, created, data, refs, chunk, clock_at, key)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
ON CONFLICT (track, account, dialect) DO NOTHING
