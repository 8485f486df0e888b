SELECT track, wrapped FROM track_key WHERE track > $1 ORDER BY track LIMIT $2
