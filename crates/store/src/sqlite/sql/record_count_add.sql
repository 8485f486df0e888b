INSERT INTO record_count (account, kind, facet, value, also, n) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (account, kind, facet, value, also) DO UPDATE SET n = n + excluded.n
