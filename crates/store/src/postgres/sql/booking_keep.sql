INSERT INTO booking (fulfilment, connection, account, due, news, tries, failures)
SELECT fulfilment, connection, account, due, 1, 0, 0
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])
    AS w (fulfilment, connection, account, due)
ON CONFLICT (fulfilment) DO NOTHING
