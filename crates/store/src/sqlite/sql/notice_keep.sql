INSERT INTO notice (shipment, recipient, account, address, language, stages, standing, created, changed)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, ?7)
ON CONFLICT (shipment, recipient) DO UPDATE SET address = excluded.address,
    language = excluded.language, stages = excluded.stages, standing = 0, changed = excluded.changed
