UPDATE entrusted SET edits = greatest(edits - $3, 0), refreshes = greatest(refreshes - $4, 0)
WHERE track = $1 AND connection = $2
