SELECT endpoint, shard, number, shipment, due, attempts, done
FROM delivery WHERE due <= ?1 AND endpoint NOT IN (SELECT id FROM endpoint WHERE disabled)
ORDER BY due LIMIT ?2
