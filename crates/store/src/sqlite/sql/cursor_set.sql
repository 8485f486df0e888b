INSERT INTO endpoint_cursor (endpoint, shard, number) VALUES (?1, ?2, ?3)
ON CONFLICT (endpoint, shard) DO UPDATE SET number = excluded.number
