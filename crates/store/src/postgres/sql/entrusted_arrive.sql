UPDATE entrusted SET given = $3, moved_from = NULL WHERE track = $1 AND connection = $2
