SELECT connection, heard, changed, failed, failure, day, calls FROM connection_state ORDER BY connection
