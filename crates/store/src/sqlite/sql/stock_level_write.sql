INSERT INTO stock_level (item, warehouse, account, on_hand, reserved, incoming, damaged, moves)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (item, warehouse) DO UPDATE SET on_hand = excluded.on_hand, reserved = excluded.reserved,
    incoming = excluded.incoming, damaged = excluded.damaged, moves = excluded.moves
