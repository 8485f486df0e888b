DELETE FROM delivery AS d USING unnest($1::bigint[], $2::smallint[], $3::bigint[]) AS o (endpoint, shard, number)
WHERE d.endpoint = o.endpoint AND d.shard = o.shard AND d.number = o.number
