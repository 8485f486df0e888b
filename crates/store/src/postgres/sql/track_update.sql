UPDATE track AS t SET version = u.version, statements = u.statements, body = u.body
FROM unnest($1::bigint[], $2::bigint[], $3::integer[], $4::bytea[])
    AS u (id, version, statements, body)
WHERE t.id = u.id
