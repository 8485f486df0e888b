SELECT shipment, recipient, milestone, account, state, due, fresh_until, attempts, code, moved
FROM mail WHERE shipment = ?1 ORDER BY recipient, milestone
