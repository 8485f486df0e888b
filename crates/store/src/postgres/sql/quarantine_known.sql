SELECT count(*), coalesce(bool_or(known_by = $2), false) FROM quarantine WHERE connection = $1
