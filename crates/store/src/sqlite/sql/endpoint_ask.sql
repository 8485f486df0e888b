INSERT INTO endpoint_state (endpoint, asked) VALUES (?1, 1)
ON CONFLICT (endpoint) DO UPDATE SET asked = asked + 1
