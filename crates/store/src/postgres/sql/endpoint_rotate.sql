UPDATE endpoint SET former_secret = secret, former_until = $4, secret = $3
WHERE account = $1 AND id = $2
