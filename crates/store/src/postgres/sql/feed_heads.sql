SELECT shard, next_number - 1 FROM feed_lease ORDER BY shard
