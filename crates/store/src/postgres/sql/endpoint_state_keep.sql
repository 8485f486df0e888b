INSERT INTO endpoint_state (endpoint, breaker, since, failures, probes, rest, last_at, last_status, last_accepted, gone)
SELECT s.* FROM unnest($1::bigint[], $2::smallint[], $3::bigint[], $4::integer[], $5::integer[], $6::bigint[],
    $7::bigint[], $8::smallint[], $9::boolean[], $10::bigint[]) AS s
ON CONFLICT (endpoint) DO UPDATE SET breaker = excluded.breaker, since = excluded.since,
    failures = excluded.failures, probes = excluded.probes, rest = excluded.rest, last_at = excluded.last_at,
    last_status = excluded.last_status, last_accepted = excluded.last_accepted, gone = excluded.gone
