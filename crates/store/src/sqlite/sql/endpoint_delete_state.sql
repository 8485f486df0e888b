DELETE FROM endpoint_state WHERE endpoint = ?1
