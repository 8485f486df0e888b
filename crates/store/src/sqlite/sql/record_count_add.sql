INSERT INTO record_count (account, kind, facet, value, n) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (account, kind, facet, value) DO UPDATE SET n = n + excluded.n
