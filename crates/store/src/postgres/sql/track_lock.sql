-- Locks in id order. A body travels only where the caller remembers another version.
SELECT t.id, t.version, CASE WHEN t.version = w.version THEN NULL ELSE t.body END
FROM unnest($1::bigint[], $2::bigint[]) AS w (id, version)
JOIN track AS t ON t.id = w.id
ORDER BY t.id
FOR UPDATE OF t
