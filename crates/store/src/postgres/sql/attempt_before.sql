SELECT latest, id, body FROM attempt
WHERE account = $1 AND latest >= $2 AND earliest <= $3 AND (latest, id) < ($4, $5)
ORDER BY latest DESC, id DESC LIMIT $6
