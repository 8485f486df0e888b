SELECT r.id, r.account, r.kind, r.code, r.created, r.updated, r.created_by, r.updated_by, r.version,
    r.facts, r.personal, u.n
FROM unnest($1::bigint[], $2::bytea[], $3::bytea[]) WITH ORDINALITY AS u (account, carrier, number, n)
JOIN number AS t ON t.number_key = u.number AND t.carrier = u.carrier AND t.account = u.account
JOIN parcel_link AS l ON l.track = t.track
JOIN record AS r ON r.id = l.record
