SELECT body FROM shipment_page WHERE page = ?1
