-- Fails, and the transaction with it, where a row is not the version that the new one was made from:
-- the division by zero spares a round trip before the commit.
WITH written AS (
    UPDATE track AS t SET version = u.version, statements = u.statements, body = u.body
    FROM unnest($1::bigint[], $2::bigint[], $3::integer[], $4::bytea[])
        AS u (id, version, statements, body)
    WHERE t.id = u.id AND t.version = u.version - 1
    RETURNING t.id
)
SELECT 1 / (count(*) = cardinality($1))::integer FROM written
