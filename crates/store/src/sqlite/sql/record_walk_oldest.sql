-- Demands on other facets: ?9 of them, by number, in the list ?8 of [number, facet, value].
SELECT f.record FROM record_facet AS f
WHERE f.account = ?1 AND f.kind = ?2 AND f.facet = ?3 AND f.value = ?4 AND f.created >= ?5 AND f.created < ?6
    AND (?7 = 0 OR EXISTS (SELECT 1 FROM record AS r
        WHERE r.id = f.record AND r.updated >= ?10 AND r.updated < ?11))
    AND (?9 = 0 OR (SELECT count(DISTINCT json_extract(w.value, '$[0]'))
        FROM json_each(?8) AS w CROSS JOIN record_facet AS g
            ON g.account = ?1 AND g.kind = ?2 AND g.facet = json_extract(w.value, '$[1]')
            AND g.value = json_extract(w.value, '$[2]')
            AND g.created = f.created AND g.record = f.record) = ?9)
ORDER BY f.created ASC, f.record ASC LIMIT ?12 OFFSET ?13
