SELECT body FROM attempt
WHERE account = $1 AND latest >= $2 AND earliest <= $3
ORDER BY id
