SELECT max(id) FROM payload
