INSERT INTO stock_level (item, warehouse, account, on_hand, reserved, incoming, damaged, moves)
SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
    $7::bigint[], $8::bigint[])
