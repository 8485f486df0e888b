INSERT INTO poll (track, connection, shard, account, carrier, number, due, failures, kind)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 1)
ON CONFLICT (track, connection) DO UPDATE
SET due = min(coalesce(poll.due, excluded.due), excluded.due), kind = min(poll.kind, excluded.kind)
