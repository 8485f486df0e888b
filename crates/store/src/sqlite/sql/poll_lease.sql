UPDATE poll SET due = ?3 WHERE track = ?1 AND connection = ?2
