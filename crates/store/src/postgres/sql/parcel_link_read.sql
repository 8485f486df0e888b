SELECT track, number, record FROM parcel_link WHERE track = ANY($1::bigint[])
