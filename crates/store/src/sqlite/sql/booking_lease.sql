UPDATE booking SET due = ?2, lease = ?2, tries = tries + 1 WHERE fulfilment = ?1
