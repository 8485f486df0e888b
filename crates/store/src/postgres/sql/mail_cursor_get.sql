SELECT shard, number FROM mail_cursor ORDER BY shard
