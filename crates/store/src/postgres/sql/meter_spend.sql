-- $3 is at most $4. A period that follows makes the ones before the last superfluous.
WITH spent AS (
    INSERT INTO meter (meter, period, used)
    VALUES ($1, $2, $3)
    ON CONFLICT (meter, period) DO UPDATE SET used = meter.used + excluded.used
    WHERE meter.used <= $4::bigint - excluded.used
    RETURNING used = $3 AS first
), gone AS (
    DELETE FROM meter
    WHERE meter = $1 AND period < $2 - 1 AND EXISTS (SELECT FROM spent WHERE first)
)
SELECT FROM spent
