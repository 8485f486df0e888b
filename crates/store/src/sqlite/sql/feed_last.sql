SELECT number, changes FROM feed ORDER BY number DESC LIMIT 1
