UPDATE endpoint_lease SET expires = clock_timestamp() WHERE holder = $1 AND expires > clock_timestamp()
