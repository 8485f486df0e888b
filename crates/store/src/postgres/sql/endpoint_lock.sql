SELECT id FROM endpoint WHERE account = $1 AND id = $2 FOR UPDATE
