SELECT max(track) FROM track_key
