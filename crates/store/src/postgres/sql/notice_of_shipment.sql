SELECT recipient, account, address, language, stages, standing, created, changed
FROM notice WHERE shipment = $1 ORDER BY recipient
