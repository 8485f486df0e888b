INSERT INTO stock_move (item, warehouse, number, account, movement, quantity, cause, at, by)
SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::smallint[], $6::bigint[],
    $7::bigint[], $8::bigint[], $9::bigint[])
