INSERT INTO shipment_page (page, body) VALUES (?1, ?2)
ON CONFLICT (page) DO UPDATE SET body = excluded.body
