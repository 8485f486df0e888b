SELECT track FROM number
WHERE account = $1 AND number_key >= $2 AND ($3::bytea IS NULL OR number_key < $3)
LIMIT $4
