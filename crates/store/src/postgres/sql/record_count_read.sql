SELECT u.facet, u.value, c.n FROM unnest($3::smallint[], $4::bigint[]) AS u (facet, value)
JOIN record_count AS c ON c.account = $1 AND c.kind = $2::smallint AND c.facet = u.facet AND c.value = u.value
