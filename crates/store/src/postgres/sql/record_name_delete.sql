DELETE FROM record_name AS x
USING unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::bytea[], $5::bigint[], $6::bigint[])
    AS u (account, kind, name, text, scope, twin)
WHERE x.account = u.account AND x.kind = u.kind AND x.name = u.name AND x.text = u.text
    AND x.scope = u.scope AND x.twin = u.twin
