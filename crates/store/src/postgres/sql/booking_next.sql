SELECT min(b.due) FROM booking AS b
JOIN connection AS c ON c.id = b.connection AND NOT c.paused
WHERE b.due IS NOT NULL
