DELETE FROM parcel_link WHERE track = ?1 AND record = ?2
