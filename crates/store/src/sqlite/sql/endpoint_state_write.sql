INSERT INTO endpoint_state (endpoint, breaker, since, failures, probes, rest, last_at, last_status, last_accepted, gone)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
ON CONFLICT (endpoint) DO UPDATE SET breaker = excluded.breaker, since = excluded.since,
    failures = excluded.failures, probes = excluded.probes, rest = excluded.rest, last_at = excluded.last_at,
    last_status = excluded.last_status, last_accepted = excluded.last_accepted, gone = excluded.gone
