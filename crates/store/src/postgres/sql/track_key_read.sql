SELECT wrapped, since FROM track_key WHERE track = $1
