INSERT INTO mail (shipment, recipient, milestone, account, state, due, fresh_until, attempts, code, moved)
VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6, 0, 0, ?5)
ON CONFLICT (shipment, recipient, milestone) DO NOTHING
