INSERT INTO attempt (account, earliest, latest, body)
SELECT e.account, $2, $3, $4 FROM endpoint AS e WHERE e.id = $1
