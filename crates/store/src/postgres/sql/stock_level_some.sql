SELECT l.on_hand, l.reserved, l.incoming, l.damaged, l.moves, u.n
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS u (account, item, warehouse, n)
JOIN stock_level AS l ON l.item = u.item AND l.warehouse = u.warehouse AND l.account = u.account
