-- Those that nobody holds, those whose holder let them lapse, and one's own before they do.
INSERT INTO endpoint_lease AS l (endpoint, holder, epoch, expires)
SELECT e.id, $1, 1, clock_timestamp() + make_interval(secs => $2)
FROM endpoint AS e LEFT JOIN endpoint_lease AS k ON k.endpoint = e.id
WHERE NOT e.disabled AND (k.endpoint IS NULL OR k.expires < clock_timestamp()
    OR (k.holder = $1 AND k.expires < clock_timestamp() + make_interval(secs => $2 * 2 / 3)))
ORDER BY e.id
ON CONFLICT (endpoint) DO UPDATE SET holder = excluded.holder,
    epoch = l.epoch + (l.holder <> excluded.holder)::int, expires = excluded.expires
WHERE l.holder = excluded.holder OR l.expires < clock_timestamp()
