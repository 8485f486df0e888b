-- Of the newest in ranges: how many, how many of them fit, and when the last was made.
SELECT count(*), count(*) FILTER (WHERE
        (NOT $8::boolean OR coalesce((SELECT r.updated >= $9 AND r.updated < $10 FROM record AS r
            WHERE r.id = f.record), false))
        AND ($14::bigint = 0 OR (SELECT count(DISTINCT w.number)
            FROM unnest($11::bigint[], $12::smallint[], $13::bigint[]) AS w (number, facet, value)
            CROSS JOIN LATERAL (SELECT FROM record_facet AS g
                WHERE g.account = $1 AND g.kind = $2::smallint AND g.facet = w.facet AND g.value = w.value
                    AND g.also = 0 AND g.created = f.created AND g.record = f.record LIMIT 1) AS h) = $14)),
    coalesce(min(f.created), 0)
FROM (SELECT x.created, x.record FROM unnest($3::smallint[], $4::bigint[], $5::bigint[]) AS u (facet, value, also)
    CROSS JOIN LATERAL (SELECT y.created, y.record FROM record_facet AS y
        WHERE y.account = $1 AND y.kind = $2::smallint AND y.facet = u.facet AND y.value = u.value
            AND y.also = u.also AND y.created >= $6 AND y.created < $7
        ORDER BY y.created DESC, y.record DESC LIMIT $15::bigint) AS x
    ORDER BY x.created DESC, x.record DESC LIMIT $15::bigint) AS f
