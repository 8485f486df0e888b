INSERT INTO stock_move (item, warehouse, number, account, movement, quantity, cause, at, by)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
