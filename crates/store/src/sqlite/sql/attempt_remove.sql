DELETE FROM attempt WHERE id IN (
    SELECT a.id FROM account CROSS JOIN attempt AS a ON a.account = account.id
    WHERE a.latest < ?1 LIMIT ?2
)
