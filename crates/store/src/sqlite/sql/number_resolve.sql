SELECT track FROM number WHERE number = ?1 AND carrier = ?2 AND account = ?3
