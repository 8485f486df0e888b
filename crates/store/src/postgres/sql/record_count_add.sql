INSERT INTO record_count AS c (account, kind, facet, value, n)
SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::smallint[], $4::bigint[], $5::bigint[])
ON CONFLICT (account, kind, facet, value) DO UPDATE SET n = c.n + excluded.n
