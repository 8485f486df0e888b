SELECT DISTINCT track FROM registration WHERE account = ?1
