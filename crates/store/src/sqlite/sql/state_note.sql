INSERT INTO connection_state (connection, heard, changed, failed, failure, day, calls)
SELECT id, ?2, ?3, ?4, ?5, ?6, ?7 FROM connection WHERE id = ?1
ON CONFLICT (connection) DO UPDATE SET
    failure = iif(coalesce(failed, 0) < coalesce(excluded.failed, 0), excluded.failure, failure),
    heard = nullif(max(coalesce(heard, 0), coalesce(excluded.heard, 0)), 0),
    changed = nullif(max(coalesce(changed, 0), coalesce(excluded.changed, 0)), 0),
    failed = nullif(max(coalesce(failed, 0), coalesce(excluded.failed, 0)), 0),
    calls = CASE
        WHEN excluded.day IS NULL OR excluded.day < day THEN calls
        WHEN excluded.day = day THEN calls + excluded.calls
        ELSE excluded.calls
    END,
    day = nullif(max(coalesce(day, 0), coalesce(excluded.day, 0)), 0)
