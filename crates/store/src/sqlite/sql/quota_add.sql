INSERT INTO quota_use (budget, number, used) VALUES (?1, ?2, ?3)
ON CONFLICT (budget, number) DO UPDATE SET used = quota_use.used + excluded.used
