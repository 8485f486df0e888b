UPDATE registration
SET track = ?2, shard = ?3, carrier = ?4, created = ?5, clock_at = ?6, clock_told = 0, clock_since = NULL,
    refreshed = NULL, amended = ?7
WHERE id = ?1
