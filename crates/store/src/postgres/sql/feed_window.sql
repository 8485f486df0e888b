-- Rows are numbered by their first change, so the row that holds a number is the last at or before it.
SELECT first_number, body FROM feed
WHERE shard = $1 AND first_number IS NOT NULL
  AND first_number >= coalesce(
      (SELECT f.first_number FROM feed AS f
       WHERE f.shard = $1 AND f.first_number IS NOT NULL AND f.first_number <= $2
       ORDER BY f.first_number DESC LIMIT 1), 0)
  AND first_number <= $3
ORDER BY first_number
