SELECT endpoint, breaker, since, failures, probes, rest, last_at, last_status, last_accepted, gone, progress
FROM endpoint_state WHERE endpoint = ?1
