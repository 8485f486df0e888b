INSERT INTO registration (account, dialect, track, carrier, number, created, data)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (track, account, dialect) DO NOTHING
RETURNING id
