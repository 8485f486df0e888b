INSERT INTO attempt (account, earliest, latest, endpoint, shard, number, body)
SELECT e.account, a.earliest, a.latest, CASE WHEN a.shard IS NOT NULL THEN e.id END, a.shard, a.number, a.body
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::smallint[], $5::bigint[], $6::bytea[])
    AS a (endpoint, earliest, latest, shard, number, body)
    JOIN endpoint AS e ON e.id = a.endpoint
