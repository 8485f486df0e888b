UPDATE quota_use SET used = used - ?3 WHERE budget = ?1 AND number = ?2 AND used >= ?3
