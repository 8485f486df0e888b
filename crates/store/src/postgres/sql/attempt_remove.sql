DELETE FROM attempt WHERE id = ANY(ARRAY(
    SELECT old.id FROM account AS c CROSS JOIN LATERAL (
        SELECT a.id FROM attempt AS a WHERE a.account = c.id AND a.latest < $1 LIMIT $2
    ) AS old
    LIMIT $2
))
