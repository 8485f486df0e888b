UPDATE entrusted SET edits = edits + ?2, refreshes = refreshes + ?3 WHERE track = ?1
