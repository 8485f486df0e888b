SELECT u.n, c.n FROM unnest($3::smallint[], $4::bigint[], $5::bigint[]) WITH ORDINALITY AS u (facet, value, also, n)
JOIN record_count AS c ON c.account = $1 AND c.kind = $2::smallint AND c.facet = u.facet AND c.value = u.value
    AND c.also = u.also
