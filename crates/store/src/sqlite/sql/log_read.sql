SELECT body FROM log WHERE chunk = ?1
