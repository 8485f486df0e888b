SELECT record FROM record_facet
WHERE account = ?1 AND kind = ?2 AND facet = ?3 AND value = ?4 AND also = ?5 AND created >= ?6 AND created < ?7
LIMIT ?8
