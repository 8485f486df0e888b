UPDATE registration SET data = $4, key = $5 WHERE id = $1 AND account = $2 AND dialect = $3
RETURNING track
