SELECT (SELECT count(*) FROM log), (SELECT count(*) FROM track)
