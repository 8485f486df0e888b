SELECT count(*), max(known_by = ?2) FROM quarantine WHERE connection = ?1
