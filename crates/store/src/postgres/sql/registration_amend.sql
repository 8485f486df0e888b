UPDATE registration AS r SET data = w.data, refs = w.refs
FROM unnest($1::bigint[], $2::bytea[], $3::bytea[]) AS w (id, data, refs)
WHERE r.id = w.id
