INSERT INTO poll (track, connection, account, carrier, number, due, failures)
VALUES ($1, $2, $3, $4, $5, $6, 0)
ON CONFLICT (track, connection) DO UPDATE SET due = least(poll.due, excluded.due)
