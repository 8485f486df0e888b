UPDATE mail SET state = ?4, due = ?5, attempts = ?6, code = ?7, moved = ?8
WHERE shipment = ?1 AND recipient = ?2 AND milestone = ?3
