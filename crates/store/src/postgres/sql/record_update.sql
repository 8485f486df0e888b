-- Fails, and the transaction with it, where a row is not the version that the new one was made from.
WITH written AS (
    UPDATE record AS r SET code = u.code, status = u.status, created = u.created, updated = u.updated,
        created_by = u.created_by, updated_by = u.updated_by, version = u.version, facts = u.facts,
        personal = u.personal
    FROM unnest($1::bigint[], $2::text[], $3::smallint[], $4::bigint[], $5::bigint[], $6::bigint[],
        $7::bigint[], $8::bigint[], $9::bytea[], $10::bytea[], $11::bigint[])
        AS u (id, code, status, created, updated, created_by, updated_by, version, facts, personal, before)
    WHERE r.id = u.id AND r.version = u.before
    RETURNING r.id
)
SELECT 1 / (count(*) = cardinality($1))::integer FROM written
