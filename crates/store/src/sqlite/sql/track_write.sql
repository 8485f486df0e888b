INSERT INTO track (id, shard, upto, body) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (id) DO UPDATE SET upto = excluded.upto, body = excluded.body
