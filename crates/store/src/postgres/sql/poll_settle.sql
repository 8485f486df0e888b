UPDATE poll SET due = $3, failures = $4 WHERE track = $1 AND connection = $2
