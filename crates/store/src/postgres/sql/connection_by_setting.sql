SELECT c.id, c.account, c.dialect, c.name, c.base_url, c.operator, c.zone, c.paused, c.created,
    c.token, c.settings
FROM connection_setting AS s JOIN connection AS c ON c.id = s.connection
WHERE s.dialect = $1 AND s.name = $2 AND s.value_hash = $3
ORDER BY c.id LIMIT 1
