SELECT chunk, body FROM log WHERE chunk >= ?1 ORDER BY chunk
