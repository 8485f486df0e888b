SELECT track, created, refs FROM registration WHERE track = ANY($1::bigint[])
