DELETE FROM registration WHERE id = ?1 AND account = ?2 AND dialect = ?3
