-- A track that was known before its number was registered keeps the earlier time.
UPDATE shipment AS s SET created = w.created
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS w (account, id, created)
WHERE s.account = w.account AND s.id = w.id AND s.created > w.created
