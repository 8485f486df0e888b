INSERT INTO poll (track, connection, shard, account, carrier, number, due, failures)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0)
ON CONFLICT (track, connection) DO UPDATE SET due = min(coalesce(poll.due, excluded.due), excluded.due)
