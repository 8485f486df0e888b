SELECT wrapped FROM track_key WHERE track = $1
