-- Records that are shown; facts and personal members only where another version is remembered than stands.
SELECT r.id, r.account, r.kind, r.code, r.created, r.updated, r.created_by, r.updated_by, r.version,
    CASE WHEN r.version <> u.known THEN r.facts END, CASE WHEN r.version <> u.known THEN r.personal END
FROM unnest($2::smallint[], $3::bigint[], $4::bigint[]) AS u (kind, id, known)
JOIN record AS r ON r.id = u.id AND r.account = $1 AND r.kind = u.kind
