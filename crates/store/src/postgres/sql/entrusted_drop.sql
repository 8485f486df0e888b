DELETE FROM entrusted WHERE track = $1 AND connection = $2
