-- What was ended meanwhile stays ended, and what was woken or asked for meanwhile is asked.
UPDATE poll SET due = ?3, failures = ?4, kind = 2
WHERE track = ?1 AND connection = ?2 AND due IS NOT NULL AND kind = ?6 AND (kind > 0 OR due > ?5)
