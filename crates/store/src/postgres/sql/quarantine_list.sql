SELECT id, account, connection, times, first, last, body,
    (SELECT count(*) FROM quarantine_payload AS p WHERE p.quarantine = q.id)
FROM quarantine AS q
WHERE id > $1
  AND ($2::bigint IS NULL OR account = $2)
  AND ($3::bigint IS NULL OR connection = $3)
  AND ($4::bigint IS NULL OR id = $4)
  AND ($5::boolean IS NULL OR (oddity <= 3) = $5)
ORDER BY id
LIMIT $6
