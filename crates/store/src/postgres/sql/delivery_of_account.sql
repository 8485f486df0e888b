SELECT d.endpoint, d.shard, d.number, d.shipment, d.due, d.attempts, d.done, d.since, d.parked
FROM delivery AS d JOIN endpoint AS e ON e.id = d.endpoint
WHERE e.account = $1
ORDER BY d.endpoint, d.shard, d.number
