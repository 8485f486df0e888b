SELECT r.id, r.account, r.dialect, r.track, r.carrier, r.number, r.created, r.data
FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS w (track, account, dialect)
JOIN registration AS r ON r.track = w.track AND r.account = w.account AND r.dialect = w.dialect
