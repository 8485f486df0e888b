SELECT created, refs FROM registration WHERE track = ?1
