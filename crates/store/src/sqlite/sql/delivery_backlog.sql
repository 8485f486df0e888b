SELECT endpoint, count(*) - count(parked), count(parked), min(since) FILTER (WHERE parked IS NULL)
FROM delivery GROUP BY endpoint
