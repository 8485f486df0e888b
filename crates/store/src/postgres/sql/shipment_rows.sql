SELECT s.id, s.created, t.body,
    array(SELECT r.reference FROM reference AS r WHERE r.track = t.id ORDER BY r.reference)
FROM shipment AS s JOIN track AS t ON t.id = s.id >> 10
WHERE s.account = $1 AND s.id = ANY($2::bigint[])
ORDER BY s.id DESC
