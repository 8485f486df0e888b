-- Fails, and the transaction with it, where a level moved since it was read.
WITH written AS (
    UPDATE stock_level AS l SET on_hand = u.on_hand, reserved = u.reserved, incoming = u.incoming,
        damaged = u.damaged, moves = u.moves
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
        $7::bigint[], $8::bigint[], $9::bigint[])
        AS u (item, warehouse, account, on_hand, reserved, incoming, damaged, moves, before)
    WHERE l.item = u.item AND l.warehouse = u.warehouse AND l.account = u.account AND l.moves = u.before
    RETURNING l.item
)
SELECT 1 / (count(*) = cardinality($1))::integer FROM written
