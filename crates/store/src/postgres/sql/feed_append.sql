INSERT INTO feed (id, shard, changes, body)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::integer[], $4::bytea[])
