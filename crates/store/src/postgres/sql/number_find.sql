SELECT t.id, t.version, t.body
FROM number AS n JOIN track AS t ON t.id = n.track
WHERE n.number_key = $1 AND n.account = $2 AND ($3::bytea IS NULL OR n.carrier = $3)
ORDER BY t.id
