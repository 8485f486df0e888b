SELECT track, connection, account, carrier, number, due, failures, kind, heard, due AS fence
FROM poll WHERE track = $1 ORDER BY connection
