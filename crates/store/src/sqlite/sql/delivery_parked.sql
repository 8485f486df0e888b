SELECT endpoint, shard, number, shipment, due, attempts, done, since, parked FROM delivery
WHERE endpoint = ?1 AND parked IS NOT NULL AND parked >= ?2 ORDER BY due LIMIT ?3
