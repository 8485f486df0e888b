INSERT INTO record_count AS c (account, kind, facet, value, also, n)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::bigint[], $5::bigint[], $6::bigint[])
ON CONFLICT (account, kind, facet, value, also) DO UPDATE SET n = c.n + excluded.n
