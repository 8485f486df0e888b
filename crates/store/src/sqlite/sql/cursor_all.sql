SELECT endpoint, shard, number FROM endpoint_cursor ORDER BY endpoint, shard
