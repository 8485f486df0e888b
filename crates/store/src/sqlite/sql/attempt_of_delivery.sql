SELECT body FROM attempt WHERE endpoint = ?1 AND shard = ?2 AND number = ?3 ORDER BY id
