SELECT count(*) FROM track_key
