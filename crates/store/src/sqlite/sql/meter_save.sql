UPDATE meter SET used = ?3 WHERE meter = ?1 AND period = ?2
