INSERT INTO quarantine (account, connection, known_by, oddity, times, first, last, body)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7)
ON CONFLICT (connection, known_by) DO UPDATE SET
    times = times + excluded.times,
    first = min(first, excluded.first),
    last = max(last, excluded.last),
    body = excluded.body
RETURNING id
