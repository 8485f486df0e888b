UPDATE entrusted SET edits = max(edits - ?3, 0), refreshes = max(refreshes - ?4, 0)
WHERE track = ?1 AND connection = ?2
