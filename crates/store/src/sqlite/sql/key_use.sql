UPDATE api_key SET used = max(?2, coalesce(used, ?2)) WHERE id = ?1
