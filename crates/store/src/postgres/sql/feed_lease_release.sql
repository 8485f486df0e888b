UPDATE feed_lease SET expires = '-infinity' WHERE holder = $1
