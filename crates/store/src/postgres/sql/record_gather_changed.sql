SELECT id FROM record WHERE account = $1 AND kind = $2::smallint AND updated >= $3 AND updated < $4
LIMIT $5::bigint
