SELECT endpoint, breaker, since, failures, probes, rest, last_at, last_status, last_accepted, gone
FROM endpoint_state ORDER BY endpoint
