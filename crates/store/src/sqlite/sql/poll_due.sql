SELECT track, connection, account, carrier, number, due, failures
FROM poll WHERE due <= ?1 ORDER BY due LIMIT ?2
