UPDATE feed_lease
SET holder = $2,
    epoch = epoch + (holder <> $2)::int,
    expires = clock_timestamp() + make_interval(secs => $3)
WHERE shard = $1 AND (holder = $2 OR expires < clock_timestamp())
