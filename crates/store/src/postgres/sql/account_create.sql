INSERT INTO account (name, created) VALUES ($1, $2)
ON CONFLICT (name) DO NOTHING
