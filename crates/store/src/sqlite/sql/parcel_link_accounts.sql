-- Those that ever had fulfilments or returns.
SELECT id FROM account AS a
WHERE EXISTS (SELECT 1 FROM record_count AS c WHERE c.account = a.id AND c.kind IN (16, 18))
