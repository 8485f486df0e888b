SELECT chunk, track, created, refs FROM registration ORDER BY id DESC
