INSERT INTO quarantine AS q (account, connection, known_by, oddity, times, first, last, body)
VALUES ($1, $2, $3, $4, $5, $6, $6, $7)
ON CONFLICT (connection, known_by) DO UPDATE SET
    times = q.times + excluded.times,
    first = least(q.first, excluded.first),
    last = greatest(q.last, excluded.last),
    body = excluded.body
RETURNING id
