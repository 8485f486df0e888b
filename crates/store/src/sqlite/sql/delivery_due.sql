SELECT endpoint, shard, number, shipment, due, attempts, done
FROM delivery WHERE due <= ?1 ORDER BY due LIMIT ?2
