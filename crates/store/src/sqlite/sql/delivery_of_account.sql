SELECT delivery.endpoint, shard, number, shipment, due, attempts, done, since, parked
FROM endpoint CROSS JOIN delivery ON delivery.endpoint = endpoint.id
WHERE endpoint.account = ?1 ORDER BY delivery.endpoint, shard, number
