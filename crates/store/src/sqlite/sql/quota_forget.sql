DELETE FROM quota_use WHERE budget = ?1 AND number < ?2
