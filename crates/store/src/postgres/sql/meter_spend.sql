-- A period that follows makes the ones before the last superfluous.
WITH spent AS (
    INSERT INTO meter (meter, period, used)
    SELECT $1, $2, $3 WHERE $3::bigint <= $4::bigint
    ON CONFLICT (meter, period) DO UPDATE SET used = meter.used + excluded.used
    WHERE meter.used + excluded.used <= $4
    RETURNING used = $3 AS first
), gone AS (
    DELETE FROM meter
    WHERE meter = $1 AND period < $2 - 1 AND EXISTS (SELECT FROM spent WHERE first)
)
SELECT FROM spent
