SELECT id, track, account, dialect, created, clock_at, clock_told, clock_since
FROM registration WHERE clock_at <= $1 ORDER BY clock_at LIMIT $2
