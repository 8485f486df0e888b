SELECT number, movement, quantity, cause, at, by FROM stock_move
WHERE item = ?1 AND warehouse = ?2 AND account = ?3 AND number > ?4
ORDER BY number LIMIT ?5
