INSERT INTO endpoint_state (endpoint, progress)
SELECT p.endpoint, p.progress FROM unnest($1::bigint[], $2::bytea[]) AS p (endpoint, progress)
ON CONFLICT (endpoint) DO UPDATE SET progress = excluded.progress
WHERE endpoint_state.progress <> excluded.progress
