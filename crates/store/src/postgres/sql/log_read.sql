SELECT id, body FROM log WHERE id = ANY($1::bigint[])
