INSERT INTO record_facet (account, kind, facet, value, also, created, record)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::bigint[], $5::bigint[], $6::bigint[],
    $7::bigint[])
