SELECT delivery.endpoint, shard, number, shipment, due, attempts, done
FROM delivery JOIN endpoint ON endpoint.id = delivery.endpoint
WHERE endpoint.account = ?1 ORDER BY delivery.endpoint, shard, number
