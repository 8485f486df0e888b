SELECT warehouse, on_hand, reserved, incoming, damaged FROM stock_level WHERE item = ?1 AND account = ?2
ORDER BY warehouse
