INSERT INTO quota_refusal (budget, until, at, times, counted) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (budget) DO UPDATE
SET until = excluded.until, at = excluded.at, times = excluded.times, counted = excluded.counted
WHERE quota_refusal.at <= excluded.at
