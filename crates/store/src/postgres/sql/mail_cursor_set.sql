INSERT INTO mail_cursor AS c (shard, number)
SELECT m.shard, m.number FROM unnest($1::smallint[], $2::bigint[]) AS m (shard, number)
ORDER BY m.shard
ON CONFLICT (shard) DO UPDATE SET number = greatest(c.number, excluded.number)
