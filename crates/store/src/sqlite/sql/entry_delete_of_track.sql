DELETE FROM registration WHERE track = ?1 AND account = ?2 AND dialect = ?3
