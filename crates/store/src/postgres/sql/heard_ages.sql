-- Ages by the second up to ten minutes, by the minute beyond.
SELECT connection, active,
    CASE WHEN active THEN CASE WHEN age < 600 THEN age ELSE 600 + age / 60 END END AS step,
    count(*)
FROM (
    SELECT connection, due IS NOT NULL AS active,
        CASE WHEN heard IS NOT NULL THEN greatest($1 - heard, 0) / 1000000 END AS age
    FROM poll
) AS p
GROUP BY connection, active, step
