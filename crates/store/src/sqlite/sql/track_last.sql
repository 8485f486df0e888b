SELECT max(id) FROM track
