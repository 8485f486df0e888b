DELETE FROM record_facet AS x
USING unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
    AS u (account, kind, facet, value, also, created, record)
WHERE x.account = u.account AND x.kind = u.kind AND x.facet = u.facet AND x.value = u.value
    AND x.also = u.also AND x.created = u.created AND x.record = u.record
