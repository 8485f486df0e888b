-- Movements of each level by kind, as they add up; levels without movements too.
SELECT l.item, l.warehouse, l.on_hand, l.reserved, l.incoming, l.damaged, l.moves, m.movement,
    count(m.number), coalesce(sum(m.quantity), 0)::bigint
FROM stock_level AS l LEFT JOIN stock_move AS m ON m.item = l.item AND m.warehouse = l.warehouse
GROUP BY l.item, l.warehouse, m.movement
ORDER BY l.item, l.warehouse
