INSERT INTO connection_setting (dialect, name, value_hash, connection)
SELECT $1, s.name, s.value_hash, $4
FROM unnest($2::text[], $3::bytea[]) AS s (name, value_hash)
