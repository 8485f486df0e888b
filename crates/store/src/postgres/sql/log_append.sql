INSERT INTO log (id, shard, body)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::bytea[])
