UPDATE endpoint SET url = coalesce(?2, url), operator = coalesce(?3, operator),
    disabled = coalesce(?4, disabled), settings = coalesce(?5, settings)
WHERE id = ?1
