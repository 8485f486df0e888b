-- Those of a list that fit; demands on facets as in `record_walk_updated`.
SELECT r.id, r.created, r.updated FROM unnest($11::bigint[]) AS i (id)
CROSS JOIN LATERAL (SELECT x.id, x.account, x.kind, x.created, x.updated FROM record AS x
    WHERE x.id = i.id OFFSET 0) AS r
WHERE r.account = $1 AND r.kind = $2::smallint AND r.updated >= $3 AND r.updated < $4
    AND r.created >= $5 AND r.created < $6
    AND ($10::bigint = 0 OR (SELECT count(DISTINCT w.number)
        FROM unnest($7::bigint[], $8::smallint[], $9::bigint[]) AS w (number, facet, value)
        CROSS JOIN LATERAL (SELECT FROM record_facet AS g
            WHERE g.account = $1 AND g.kind = $2::smallint AND g.facet = w.facet AND g.value = w.value
                AND g.also = 0 AND g.created = r.created AND g.record = r.id LIMIT 1) AS h) = $10)
