SELECT clock_at FROM registration WHERE clock_at IS NOT NULL ORDER BY clock_at LIMIT 1
