SELECT n FROM record_count WHERE account = ?1 AND kind = ?2 AND facet = ?3 AND value = ?4 AND also = ?5
