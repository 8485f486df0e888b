SELECT body FROM track WHERE id = ANY($1::bigint[])
