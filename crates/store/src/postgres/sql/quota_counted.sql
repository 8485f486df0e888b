SELECT coalesce(sum(used), 0)::bigint, min(number) FROM quota_use
WHERE budget = $1 AND number BETWEEN $2 AND $3
