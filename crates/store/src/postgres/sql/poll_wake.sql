-- As a new number: it is asked once at least.
UPDATE poll SET due = $2, failures = 0, kind = 1 WHERE track = $1 AND due IS NULL
