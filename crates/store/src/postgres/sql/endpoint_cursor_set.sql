INSERT INTO endpoint_cursor (endpoint, shard, number)
SELECT c.endpoint, c.shard, c.number FROM unnest($1::bigint[], $2::smallint[], $3::bigint[]) AS c (endpoint, shard, number)
ON CONFLICT (endpoint, shard) DO UPDATE SET number = excluded.number
