SELECT w.ordinal, n.track
FROM unnest($1::bytea[], $2::bytea[], $3::bigint[])
    WITH ORDINALITY AS w (number_key, carrier, account, ordinal)
JOIN number AS n
    ON n.number_key = w.number_key AND n.carrier = w.carrier AND n.account = w.account
