UPDATE notice SET address = NULL WHERE shipment BETWEEN ?1 AND ?2
