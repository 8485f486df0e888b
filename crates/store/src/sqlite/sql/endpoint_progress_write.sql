INSERT INTO endpoint_state (endpoint, progress) VALUES (?1, ?2)
ON CONFLICT (endpoint) DO UPDATE SET progress = excluded.progress
