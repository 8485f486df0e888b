SELECT count(*) FROM poll WHERE connection = ?1 AND kind IN (0, 1, 2) AND due IS NOT NULL
