INSERT INTO parcel_link (track, account, number, record) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (track) DO UPDATE SET number = excluded.number, record = excluded.record
