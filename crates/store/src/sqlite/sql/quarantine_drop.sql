DELETE FROM quarantine WHERE id = ?1 AND (?2 IS NULL OR account = ?2)
