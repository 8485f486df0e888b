-- $3: to where; null: nowhere.
WITH lowered AS (
    UPDATE quota_use SET used = used - $4
    WHERE budget = $1 AND number = $2 AND used > $4 RETURNING 1
), emptied AS (
    DELETE FROM quota_use WHERE budget = $1 AND number = $2 AND used = $4 RETURNING 1
), moved AS (
    SELECT FROM lowered UNION ALL SELECT FROM emptied
)
INSERT INTO quota_use (budget, number, used)
SELECT $1, $3::bigint, $4::bigint FROM moved WHERE $3::bigint IS NOT NULL
ON CONFLICT (budget, number) DO UPDATE SET used = quota_use.used + excluded.used
