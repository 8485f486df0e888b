INSERT INTO track_key (track, shard, since, wrapped)
SELECT w.track, w.shard, $3, w.wrapped
FROM unnest($1::bigint[], $2::smallint[], $4::bytea[]) AS w (track, shard, wrapped)
