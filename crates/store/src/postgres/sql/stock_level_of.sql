SELECT l.on_hand, l.reserved, l.incoming, l.damaged, l.item, l.warehouse
FROM unnest($2::bigint[]) WITH ORDINALITY AS u (item, n)
JOIN stock_level AS l ON l.item = u.item AND l.account = $1
ORDER BY u.n, l.warehouse
