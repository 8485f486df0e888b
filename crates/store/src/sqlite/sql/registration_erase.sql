UPDATE registration SET data = NULL WHERE track = ?1
