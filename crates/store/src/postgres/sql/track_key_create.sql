-- A key that another master key than the installation's wraps is null, which the column refuses.
INSERT INTO track_key (track, shard, since, wrapped)
SELECT w.track, w.shard, $3,
    CASE WHEN $5 = (SELECT value FROM meta WHERE name = 'installation') THEN w.wrapped END
FROM unnest($1::bigint[], $2::smallint[], $4::bytea[]) AS w (track, shard, wrapped)
