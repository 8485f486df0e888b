-- Not before a claim ends: who holds it sees that there is more.
UPDATE booking AS b SET news = news + 1, due = greatest(w.at, b.lease)
FROM unnest($1::bigint[], $2::bigint[]) AS w (fulfilment, at)
WHERE b.fulfilment = w.fulfilment
