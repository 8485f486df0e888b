INSERT INTO mail (shipment, recipient, milestone, account, state, due, fresh_until, attempts, code, moved)
SELECT m.shipment, m.recipient, m.milestone, m.account, 0, m.due, m.fresh_until, 0, 0, m.due
FROM unnest($1::bigint[], $2::bytea[], $3::smallint[], $4::bigint[], $5::bigint[], $6::bigint[])
    AS m (shipment, recipient, milestone, account, due, fresh_until)
ON CONFLICT (shipment, recipient, milestone) DO NOTHING
