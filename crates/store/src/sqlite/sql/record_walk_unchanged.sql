-- Demands on facets: ?10 of them, by number, in the list ?9 of [number, facet, value].
SELECT r.id FROM record AS r
WHERE r.account = ?1 AND r.kind = ?2 AND (r.updated, r.id) >= (?3, ?4) AND (r.updated, r.id) < (?5, ?6)
    AND r.created >= ?7 AND r.created < ?8
    AND (?10 = 0 OR (SELECT count(DISTINCT json_extract(w.value, '$[0]'))
        FROM json_each(?9) AS w CROSS JOIN record_facet AS g
            ON g.account = ?1 AND g.kind = ?2 AND g.facet = json_extract(w.value, '$[1]')
            AND g.value = json_extract(w.value, '$[2]') AND g.also = 0
            AND g.created = r.created AND g.record = r.id) = ?10)
ORDER BY r.updated ASC, r.id ASC LIMIT ?11 OFFSET ?12
