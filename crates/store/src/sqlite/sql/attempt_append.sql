INSERT INTO attempt (account, earliest, latest, endpoint, shard, number, body)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
