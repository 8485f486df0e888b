SELECT due FROM delivery
WHERE due IS NOT NULL AND parked IS NULL AND endpoint NOT IN (SELECT id FROM endpoint WHERE disabled)
ORDER BY due LIMIT 1
