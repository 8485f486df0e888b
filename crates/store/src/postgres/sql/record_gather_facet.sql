SELECT f.record FROM unnest($3::smallint[], $4::bigint[], $5::bigint[]) AS u (facet, value, also)
CROSS JOIN LATERAL (SELECT x.record FROM record_facet AS x
    WHERE x.account = $1 AND x.kind = $2::smallint AND x.facet = u.facet AND x.value = u.value
        AND x.also = u.also AND x.created >= $6 AND x.created < $7
    LIMIT $8::bigint) AS f
