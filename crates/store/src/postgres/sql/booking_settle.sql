UPDATE booking SET lease = NULL, tries = $4, failures = $5, told = $6,
    due = CASE WHEN news = $3 THEN $7::bigint ELSE $8::bigint END
WHERE fulfilment = $1 AND lease = $2
