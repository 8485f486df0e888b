-- A range of the index of facets, within places of it.
SELECT created, record FROM record_facet
WHERE account = ?1 AND kind = ?2 AND facet = ?3 AND value = ?4 AND also = ?5
    AND (created, record) >= (?6, ?7) AND (created, record) < (?8, ?9)
ORDER BY created ASC, record ASC
