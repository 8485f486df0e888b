-- Demands on other facets: $13 of them, by number, in the arrays of number, facet and value.
SELECT f.record FROM record_facet AS f
WHERE f.account = $1 AND f.kind = $2::smallint AND f.facet = $3::smallint AND f.value = $4
    AND f.created >= $5 AND f.created < $6
    AND (NOT $7::boolean OR coalesce((SELECT r.updated >= $8 AND r.updated < $9 FROM record AS r
        WHERE r.id = f.record), false))
    AND ($13::bigint = 0 OR (SELECT count(DISTINCT w.number)
        FROM unnest($10::bigint[], $11::smallint[], $12::bigint[]) AS w (number, facet, value)
        CROSS JOIN LATERAL (SELECT FROM record_facet AS g
            WHERE g.account = $1 AND g.kind = $2::smallint AND g.facet = w.facet AND g.value = w.value
                AND g.created = f.created AND g.record = f.record LIMIT 1) AS h) = $13)
ORDER BY f.created DESC, f.record DESC LIMIT $14::bigint OFFSET $15::bigint
