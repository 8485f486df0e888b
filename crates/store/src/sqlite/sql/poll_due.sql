SELECT track, connection, account, carrier, number, due, failures, kind, heard
FROM poll WHERE connection = ?1 AND kind = ?2 AND due <= ?3 ORDER BY due LIMIT ?4
