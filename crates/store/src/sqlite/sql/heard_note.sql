UPDATE poll SET heard = ?3
WHERE track = ?1 AND connection = ?2 AND (heard IS NULL OR heard < ?3)
