SELECT count(*) FROM booking WHERE connection = $1 AND due IS NOT NULL
