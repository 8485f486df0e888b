-- Demands on facets: ?8 of them, by number, in the list ?7 of [number, facet, value].
SELECT r.id FROM record AS r
WHERE r.account = ?1 AND r.kind = ?2 AND r.updated >= ?3 AND r.updated < ?4
    AND r.created >= ?5 AND r.created < ?6
    AND (?8 = 0 OR (SELECT count(DISTINCT json_extract(w.value, '$[0]'))
        FROM json_each(?7) AS w CROSS JOIN record_facet AS g
            ON g.account = ?1 AND g.kind = ?2 AND g.facet = json_extract(w.value, '$[1]')
            AND g.value = json_extract(w.value, '$[2]')
            AND g.created = r.created AND g.record = r.id) = ?8)
ORDER BY r.updated DESC, r.id DESC LIMIT ?9 OFFSET ?10
