SELECT track, connection, account, carrier, number, due, failures, kind, heard
FROM poll WHERE track = ?1 ORDER BY connection
