INSERT INTO booking (fulfilment, connection, account, due, news, tries, failures)
VALUES (?1, ?2, ?3, ?4, 1, 0, 0)
ON CONFLICT (fulfilment) DO NOTHING
