UPDATE entrusted SET given = NULL WHERE track = ?1
