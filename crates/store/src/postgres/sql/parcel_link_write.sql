INSERT INTO parcel_link (track, account, number, record)
SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[])
ON CONFLICT (track) DO UPDATE SET number = excluded.number, record = excluded.record
