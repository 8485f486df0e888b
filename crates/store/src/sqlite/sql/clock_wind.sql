-- Only as it was read: another node may have been here.
UPDATE registration SET clock_at = ?3, clock_told = ?4, clock_since = ?5 WHERE id = ?1 AND clock_at = ?2
