INSERT INTO meter (meter, period, used) VALUES (?1, ?2, ?3)
ON CONFLICT (meter, period) DO UPDATE SET used = max(meter.used, excluded.used)
