DELETE FROM reference WHERE track = $1
