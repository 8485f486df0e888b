UPDATE endpoint SET url = coalesce($3, url), operator = coalesce($4, operator),
    disabled = coalesce($5, disabled), settings = coalesce($6, settings)
WHERE account = $1 AND id = $2
