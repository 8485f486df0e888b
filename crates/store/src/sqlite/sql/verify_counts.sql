-- Ranges whose kept count is not the number of their rows.
SELECT c.account, c.kind, c.facet, c.value, c.also, c.n, (SELECT count(*) FROM record_facet AS f
    WHERE f.account = c.account AND f.kind = c.kind AND f.facet = c.facet AND f.value = c.value
        AND f.also = c.also) AS rows
FROM record_count AS c WHERE c.n <> rows
UNION ALL
SELECT f.account, f.kind, f.facet, f.value, f.also, 0, count(*) FROM record_facet AS f
WHERE NOT EXISTS (SELECT 1 FROM record_count AS c
    WHERE c.account = f.account AND c.kind = f.kind AND c.facet = f.facet AND c.value = f.value
        AND c.also = f.also)
GROUP BY f.account, f.kind, f.facet, f.value, f.also
LIMIT 100
