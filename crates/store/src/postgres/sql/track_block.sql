SELECT nextval('track_block') FROM generate_series(1, $1::integer)
