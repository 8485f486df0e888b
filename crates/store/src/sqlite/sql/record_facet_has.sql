SELECT 1 FROM record_facet
WHERE account = ?1 AND kind = ?2 AND facet = ?3 AND value = ?4 AND also = 0 AND created = ?5 AND record = ?6
