SELECT count(*) FROM (SELECT DISTINCT track FROM registration) AS r
