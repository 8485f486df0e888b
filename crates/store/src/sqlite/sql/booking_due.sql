SELECT b.fulfilment, b.connection, b.account, b.news, b.tries, b.failures, b.told
FROM booking AS b JOIN connection AS c ON c.id = b.connection AND NOT c.paused
WHERE b.due <= ?1
ORDER BY b.due
LIMIT ?2
