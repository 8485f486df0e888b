DELETE FROM parcel_link AS l
USING unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::bigint[]) AS u (account, carrier, number, record)
JOIN number AS t ON t.number_key = u.number AND t.carrier = u.carrier AND t.account = u.account
WHERE l.track = t.track AND l.record = u.record
RETURNING l.track
