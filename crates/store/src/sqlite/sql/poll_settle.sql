-- Only while the claim stands: what was ended meanwhile stays ended, and what was woken, asked for or
-- claimed again meanwhile is asked.
UPDATE poll SET due = ?3, failures = ?4, kind = 2
WHERE track = ?1 AND connection = ?2 AND due = ?5 AND kind = ?6
