DELETE FROM endpoint_lease WHERE endpoint = $1
