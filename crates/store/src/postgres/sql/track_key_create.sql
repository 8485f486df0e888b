INSERT INTO track_key (track, shard, wrapped)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::bytea[])
ON CONFLICT (track) DO NOTHING
