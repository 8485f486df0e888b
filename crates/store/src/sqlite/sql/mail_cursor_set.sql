INSERT INTO mail_cursor (shard, number) VALUES (?1, ?2)
ON CONFLICT (shard) DO UPDATE SET number = max(number, excluded.number)
