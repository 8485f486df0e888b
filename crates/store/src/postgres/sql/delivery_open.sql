SELECT endpoint, shard, number, shipment, due, attempts, done, since, parked FROM delivery
WHERE endpoint IN (SELECT id FROM endpoint WHERE account = $1 AND id = coalesce($2, id))
    AND (endpoint, shard, number) > ($3, $4, $5)
    AND ($6::bigint IS NULL OR shipment = $6) AND ($7::boolean IS NULL OR (parked IS NOT NULL) = $7)
ORDER BY endpoint, shard, number LIMIT $8
