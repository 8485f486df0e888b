INSERT INTO payload (id, shard, track, body)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::bigint[], $4::bytea[])
