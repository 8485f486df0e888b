-- Demands on facets: $12 of them, by number, in the arrays of number, facet and value.
SELECT r.id FROM record AS r
WHERE r.account = $1 AND r.kind = $2::smallint AND (r.updated, r.id) >= ($3, $4) AND (r.updated, r.id) < ($5, $6)
    AND r.created >= $7 AND r.created < $8
    AND ($12::bigint = 0 OR (SELECT count(DISTINCT w.number)
        FROM unnest($9::bigint[], $10::smallint[], $11::bigint[]) AS w (number, facet, value)
        CROSS JOIN LATERAL (SELECT FROM record_facet AS g
            WHERE g.account = $1 AND g.kind = $2::smallint AND g.facet = w.facet AND g.value = w.value
                AND g.also = 0 AND g.created = r.created AND g.record = r.id LIMIT 1) AS h) = $12)
ORDER BY r.updated DESC, r.id DESC LIMIT $13::bigint OFFSET $14::bigint
