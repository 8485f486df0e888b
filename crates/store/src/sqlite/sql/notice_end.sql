-- Only active ones end (0), and removed ones (3) where they are ended by themselves (1).
UPDATE notice SET standing = ?3, changed = ?4
WHERE shipment = ?1 AND recipient = ?2 AND (standing = 0 OR (standing = 3 AND ?3 = 1))
