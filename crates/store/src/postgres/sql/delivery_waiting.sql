SELECT endpoint, shard, number, shipment, due, attempts, done, since, parked FROM delivery
WHERE endpoint = $1 AND (shard, number) > ($2, $3) AND parked IS NULL
ORDER BY endpoint, shard, number LIMIT $4
