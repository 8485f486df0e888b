SELECT l.shard, l.next_number - 1,
    l.holder = $1 OR l.expires < clock_timestamp(),
    (SELECT f.id FROM feed AS f WHERE f.shard = l.shard AND f.first_number IS NULL LIMIT 1) IS NOT NULL
FROM feed_lease AS l ORDER BY l.shard
