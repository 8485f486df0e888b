SELECT moved_from FROM entrusted WHERE track = ?1 AND connection = ?2 AND moved_from IS NOT NULL
