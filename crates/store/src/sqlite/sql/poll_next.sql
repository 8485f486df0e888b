SELECT min((
    SELECT min(due) FROM poll WHERE connection = c.id AND kind = k.column1 AND due IS NOT NULL
)) FROM connection AS c, (VALUES (0), (1), (2)) AS k
WHERE NOT c.paused
