SELECT record, number FROM parcel_link WHERE track = ?1 AND account = ?2
