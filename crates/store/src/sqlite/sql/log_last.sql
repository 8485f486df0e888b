SELECT chunk, tracks, statements FROM log ORDER BY chunk DESC LIMIT 1
