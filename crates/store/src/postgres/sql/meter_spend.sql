INSERT INTO meter (meter, period, used)
SELECT $1, $2, $3 WHERE $3::bigint <= $4::bigint
ON CONFLICT (meter, period) DO UPDATE SET used = meter.used + excluded.used
WHERE meter.used + excluded.used <= $4
