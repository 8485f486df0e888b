UPDATE endpoint SET disabled = true WHERE id = ANY($1)
