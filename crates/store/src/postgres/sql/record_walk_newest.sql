-- Ranges of the index of facets, within places of it, and of each so many as the page may need.
-- Demands on other facets: $16 of them, by number, in the arrays of number, facet and value.
SELECT f.record FROM unnest($3::smallint[], $4::bigint[], $5::bigint[]) AS u (facet, value, also)
CROSS JOIN LATERAL (SELECT x.created, x.record FROM record_facet AS x
    WHERE x.account = $1 AND x.kind = $2::smallint AND x.facet = u.facet AND x.value = u.value
        AND x.also = u.also AND (x.created, x.record) >= ($6, $7) AND (x.created, x.record) < ($8, $9)
        AND (NOT $10::boolean OR coalesce((SELECT r.updated >= $11 AND r.updated < $12 FROM record AS r
            WHERE r.id = x.record), false))
        AND ($16::bigint = 0 OR (SELECT count(DISTINCT w.number)
            FROM unnest($13::bigint[], $14::smallint[], $15::bigint[]) AS w (number, facet, value)
            CROSS JOIN LATERAL (SELECT FROM record_facet AS g
                WHERE g.account = $1 AND g.kind = $2::smallint AND g.facet = w.facet AND g.value = w.value
                    AND g.also = 0 AND g.created = x.created AND g.record = x.record LIMIT 1) AS h) = $16)
    ORDER BY x.created DESC, x.record DESC LIMIT $17::bigint) AS f
ORDER BY f.created DESC, f.record DESC LIMIT $18::bigint OFFSET $19::bigint
