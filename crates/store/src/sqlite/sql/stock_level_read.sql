SELECT on_hand, reserved, incoming, damaged, moves FROM stock_level
WHERE item = ?1 AND warehouse = ?2 AND account = ?3
