UPDATE registration SET data = NULL, refs = NULL, key = NULL WHERE track = $1
