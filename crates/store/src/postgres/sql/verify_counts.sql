-- Ranges whose kept count is not the number of their rows.
SELECT c.account, c.kind, c.facet, c.value, c.also, c.n, f.n FROM record_count AS c
CROSS JOIN LATERAL (SELECT count(*) AS n FROM record_facet AS x
    WHERE x.account = c.account AND x.kind = c.kind AND x.facet = c.facet AND x.value = c.value
        AND x.also = c.also) AS f
WHERE c.n <> f.n
UNION ALL
SELECT f.account, f.kind, f.facet, f.value, f.also, 0, count(*) FROM record_facet AS f
WHERE NOT EXISTS (SELECT FROM record_count AS c
    WHERE c.account = f.account AND c.kind = f.kind AND c.facet = f.facet AND c.value = f.value
        AND c.also = f.also)
GROUP BY f.account, f.kind, f.facet, f.value, f.also
LIMIT 100
