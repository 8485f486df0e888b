-- Where nobody has the number registered any more.
UPDATE poll SET due = NULL
WHERE track = ?1 AND NOT EXISTS (SELECT 1 FROM registration WHERE track = ?1)
