-- Of the newest along an index: how many, how many of them fit, and when the last was made.
SELECT count(*), count(*) FILTER (WHERE
        (?7 = 0 OR EXISTS (SELECT 1 FROM record AS r
            WHERE r.id = f.record AND r.updated >= ?10 AND r.updated < ?11))
        AND (?9 = 0 OR (SELECT count(DISTINCT json_extract(w.value, '$[0]'))
            FROM json_each(?8) AS w CROSS JOIN record_facet AS g
                ON g.account = ?1 AND g.kind = ?2 AND g.facet = json_extract(w.value, '$[1]')
                AND g.value = json_extract(w.value, '$[2]')
                AND g.created = f.created AND g.record = f.record) = ?9)),
    coalesce(min(f.created), 0)
FROM (SELECT created, record FROM record_facet
    WHERE account = ?1 AND kind = ?2 AND facet = ?3 AND value = ?4 AND created >= ?5 AND created < ?6
    ORDER BY created DESC, record DESC LIMIT ?12) AS f
