-- Those of a list that fit; demands on facets as in `record_walk_updated`.
SELECT r.id, r.created, r.updated FROM json_each(?9) AS i CROSS JOIN record AS r ON r.id = i.value
WHERE r.account = ?1 AND r.kind = ?2 AND r.updated >= ?3 AND r.updated < ?4
    AND r.created >= ?5 AND r.created < ?6
    AND (?8 = 0 OR (SELECT count(DISTINCT json_extract(w.value, '$[0]'))
        FROM json_each(?7) AS w CROSS JOIN record_facet AS g
            ON g.account = ?1 AND g.kind = ?2 AND g.facet = json_extract(w.value, '$[1]')
            AND g.value = json_extract(w.value, '$[2]') AND g.also = 0
            AND g.created = r.created AND g.record = r.id) = ?8)
