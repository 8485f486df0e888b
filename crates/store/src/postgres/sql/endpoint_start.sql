SELECT e.id, coalesce(s.breaker, 0::smallint), coalesce(s.since, 0), coalesce(s.failures, 0), coalesce(s.probes, 0),
    s.rest, s.last_at, coalesce(s.last_status, 0::smallint), coalesce(s.last_accepted, false), s.gone,
    coalesce(s.progress, ''),
    array(SELECT c.shard FROM endpoint_cursor AS c WHERE c.endpoint = e.id ORDER BY c.shard),
    array(SELECT c.number FROM endpoint_cursor AS c WHERE c.endpoint = e.id ORDER BY c.shard)
FROM endpoint AS e LEFT JOIN endpoint_state AS s ON s.endpoint = e.id
WHERE e.id = $1
