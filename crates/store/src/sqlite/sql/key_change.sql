UPDATE api_key SET disabled = coalesce(?2, disabled), expires = CASE WHEN ?3 THEN ?4 ELSE expires END
WHERE id = ?1
