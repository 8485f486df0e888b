-- Of the newest along an index: how many, how many of them fit, and when the last was made.
SELECT count(*), count(*) FILTER (WHERE
        (NOT $7::boolean OR coalesce((SELECT r.updated >= $8 AND r.updated < $9 FROM record AS r
            WHERE r.id = f.record), false))
        AND ($13::bigint = 0 OR (SELECT count(DISTINCT w.number)
            FROM unnest($10::bigint[], $11::smallint[], $12::bigint[]) AS w (number, facet, value)
            CROSS JOIN LATERAL (SELECT FROM record_facet AS g
            WHERE g.account = $1 AND g.kind = $2::smallint AND g.facet = w.facet AND g.value = w.value
                AND g.created = f.created AND g.record = f.record LIMIT 1) AS h) = $13)),
    coalesce(min(f.created), 0)
FROM (SELECT created, record FROM record_facet
    WHERE account = $1 AND kind = $2::smallint AND facet = $3::smallint AND value = $4
        AND created >= $5 AND created < $6
    ORDER BY created DESC, record DESC LIMIT $14::bigint) AS f
