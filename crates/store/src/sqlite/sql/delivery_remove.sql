DELETE FROM delivery WHERE endpoint = ?1 AND shard = ?2 AND number = ?3
