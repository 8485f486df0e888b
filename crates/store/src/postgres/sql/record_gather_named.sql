SELECT h.record FROM unnest($3::smallint[], $4::bytea[], $5::bytea[]) AS u (name, first, behind)
CROSS JOIN LATERAL (SELECT x.record FROM record_name AS x
    WHERE x.account = $1 AND x.kind = $2::smallint AND x.name = u.name AND x.text >= u.first
        AND x.text < u.behind
    LIMIT $6::bigint) AS h
