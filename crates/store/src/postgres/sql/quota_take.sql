-- $2: number; $3 and $4: from where to where is counted; $5: wished; $6: allowed; $7: forget below.
WITH counted AS (
    SELECT coalesce(sum(used), 0)::bigint AS used, min(number) AS oldest
    FROM quota_use WHERE budget = $1 AND number BETWEEN $3 AND $4
), granted AS (
    SELECT greatest(least($5::bigint, $6::bigint - used), 0) AS calls FROM counted
), gone AS (
    DELETE FROM quota_use WHERE budget = $1 AND number < $7
), added AS (
    INSERT INTO quota_use (budget, number, used)
    SELECT $1, $2, calls FROM granted WHERE calls > 0
    ON CONFLICT (budget, number) DO UPDATE SET used = quota_use.used + excluded.used
)
SELECT calls, used, oldest FROM counted, granted
