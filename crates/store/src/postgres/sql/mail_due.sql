SELECT shipment, recipient, milestone, account, state, due, fresh_until, attempts, code, moved
FROM mail WHERE due <= $1 ORDER BY due LIMIT 1 FOR UPDATE SKIP LOCKED
