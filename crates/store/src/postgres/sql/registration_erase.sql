UPDATE registration SET data = NULL, refs = NULL WHERE track = $1
