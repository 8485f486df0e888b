SELECT min(p.due)
FROM connection AS c
CROSS JOIN (VALUES (0::smallint), (1::smallint), (2::smallint)) AS k (kind)
CROSS JOIN LATERAL (
    SELECT due FROM poll
    WHERE connection = c.id AND kind = k.kind AND due IS NOT NULL
    ORDER BY due
    LIMIT 1
) AS p
WHERE NOT c.paused
