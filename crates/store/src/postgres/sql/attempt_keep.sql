INSERT INTO attempt (account, earliest, latest, endpoint, shard, number, body)
SELECT e.account, $2, $3, CASE WHEN $4::smallint IS NOT NULL THEN e.id END, $4, $5, $6
FROM endpoint AS e WHERE e.id = $1
