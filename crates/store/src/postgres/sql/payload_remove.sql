DELETE FROM payload WHERE id = ANY($1::bigint[])
