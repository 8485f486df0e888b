-- What was handed over since $3, or may have been: claimed, sent, refused, unknown.
SELECT
    (SELECT count(*) FROM (SELECT FROM mail
        WHERE account = $1 AND moved > $3 AND state BETWEEN 1 AND 4 LIMIT $4) AS a),
    (SELECT count(*) FROM (SELECT FROM mail
        WHERE recipient = $2 AND moved > $3 AND state BETWEEN 1 AND 4 LIMIT $5) AS r)
