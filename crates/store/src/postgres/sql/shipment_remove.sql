DELETE FROM shipment AS s
USING unnest($1::bigint[], $2::bigint[]) AS w (account, id)
WHERE s.account = w.account AND s.id = w.id
