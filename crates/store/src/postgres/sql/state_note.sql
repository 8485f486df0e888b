INSERT INTO connection_state AS s (connection, heard, changed, failed, failure, day, calls)
SELECT id, $2::bigint, $3::bigint, $4::bigint, $5::bytea, $6::bigint, $7::bigint
FROM connection WHERE id = $1
ON CONFLICT (connection) DO UPDATE SET
    heard = greatest(s.heard, excluded.heard),
    changed = greatest(s.changed, excluded.changed),
    failed = greatest(s.failed, excluded.failed),
    failure = CASE WHEN coalesce(s.failed, 0) < coalesce(excluded.failed, 0)
        THEN excluded.failure ELSE s.failure END,
    calls = CASE
        WHEN excluded.day IS NULL OR excluded.day < s.day THEN s.calls
        WHEN excluded.day = s.day THEN s.calls + excluded.calls
        ELSE excluded.calls
    END,
    day = greatest(s.day, excluded.day)
