INSERT INTO number (number, carrier, account, track) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (number, carrier, account) DO NOTHING
