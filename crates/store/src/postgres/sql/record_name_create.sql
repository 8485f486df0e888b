INSERT INTO record_name (account, kind, name, text, scope, twin, record)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::bytea[], $5::bigint[], $6::bigint[],
    $7::bigint[])
