SELECT count(*) FROM poll WHERE connection = $1 AND due IS NOT NULL
