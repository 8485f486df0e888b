SELECT min(clock_at) FROM registration WHERE clock_at IS NOT NULL
