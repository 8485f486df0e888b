DELETE FROM endpoint_cursor WHERE endpoint = $1
