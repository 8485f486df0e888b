SELECT f.record FROM unnest($4::bigint[]) AS u (value)
CROSS JOIN LATERAL (SELECT x.record FROM record_facet AS x
    WHERE x.account = $1 AND x.kind = $2::smallint AND x.facet = $3::smallint AND x.value = u.value
        AND x.created >= $5 AND x.created < $6
    LIMIT $7::bigint) AS f
