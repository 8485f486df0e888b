DELETE FROM delivery WHERE endpoint = ?1
