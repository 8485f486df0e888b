-- The body travels only where the caller remembers another version.
SELECT id, version, CASE WHEN version = $2 THEN NULL ELSE body END FROM track WHERE id = $1
