INSERT INTO track (id, shard, version, statements, body)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::bigint[], $4::integer[], $5::bytea[])
