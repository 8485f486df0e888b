UPDATE endpoint SET former_secret = secret, former_until = ?3, secret = ?2
WHERE id = ?1
