INSERT INTO shipment (account, id, created, moved, stage, milestone, carrier, number_key)
SELECT w.account, w.id, w.created, coalesce(w.moved, floor(w.created / 86400000000.0)::integer), w.stage,
    w.milestone, w.carrier, w.number_key
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::integer[], $5::smallint[], $6::smallint[],
    $7::bytea[], $8::bytea[])
    AS w (account, id, created, moved, stage, milestone, carrier, number_key)
