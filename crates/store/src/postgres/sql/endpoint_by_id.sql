SELECT e.id, e.account, e.dialect, e.url, e.operator, e.disabled, e.created, e.settings, e.secret,
    array(SELECT c.shard FROM endpoint_cursor AS c WHERE c.endpoint = e.id ORDER BY c.shard),
    array(SELECT c.number FROM endpoint_cursor AS c WHERE c.endpoint = e.id ORDER BY c.shard),
    e.former_secret, e.former_until
FROM endpoint AS e WHERE e.id = $1
