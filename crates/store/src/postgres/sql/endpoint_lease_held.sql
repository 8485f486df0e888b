SELECT l.endpoint, l.epoch FROM endpoint_lease AS l JOIN endpoint AS e ON e.id = l.endpoint
WHERE l.holder = $1 AND l.expires > clock_timestamp() AND NOT e.disabled
ORDER BY l.endpoint
