-- Ages by the second up to ten minutes, by the minute beyond.
SELECT connection, active, CASE WHEN active THEN iif(age < 600, age, 600 + age / 60) END AS step, count(*)
FROM (
    SELECT connection, due IS NOT NULL AS active, max(?1 - heard, 0) / 1000000 AS age FROM poll
)
GROUP BY connection, active, step
