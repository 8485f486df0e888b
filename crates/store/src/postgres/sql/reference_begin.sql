SELECT track FROM reference
WHERE account = $1 AND key >= $2 AND ($3::bytea IS NULL OR key < $3)
LIMIT $4
