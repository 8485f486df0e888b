-- Not before a claim ends: who holds it sees that there is more.
UPDATE booking SET news = news + 1, due = max(?2, coalesce(lease, ?2)) WHERE fulfilment = ?1
