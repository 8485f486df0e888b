UPDATE poll SET due = $2, failures = 0 WHERE track = $1 AND due IS NULL
