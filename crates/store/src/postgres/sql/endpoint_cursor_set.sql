INSERT INTO endpoint_cursor (endpoint, shard, number)
SELECT $1, c.shard, c.number FROM unnest($2::smallint[], $3::bigint[]) AS c (shard, number)
ON CONFLICT (endpoint, shard) DO UPDATE SET number = excluded.number
