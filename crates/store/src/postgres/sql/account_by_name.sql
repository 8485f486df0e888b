SELECT id, name, created FROM account WHERE name = $1
