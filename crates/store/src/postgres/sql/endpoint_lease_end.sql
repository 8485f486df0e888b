DELETE FROM endpoint_lease WHERE endpoint = (SELECT id FROM endpoint WHERE account = $1 AND id = $2)
