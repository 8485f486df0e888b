INSERT INTO delivery (endpoint, shard, number, shipment, due, attempts, done, since, parked)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
ON CONFLICT (endpoint, shard, number) DO UPDATE
SET due = excluded.due, attempts = excluded.attempts, done = excluded.done, parked = excluded.parked
