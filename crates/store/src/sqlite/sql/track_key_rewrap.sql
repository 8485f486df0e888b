UPDATE track_key SET wrapped = ?2 WHERE track = ?1
