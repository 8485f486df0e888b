SELECT id, name, created FROM account ORDER BY id
