SELECT track, created, refs FROM registration WHERE amended >= ?1
