INSERT INTO poll (track, connection, account, carrier, number, due, failures, kind)
SELECT *, 0, 1 FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::bigint[])
ON CONFLICT (track, connection) DO UPDATE
SET due = least(poll.due, excluded.due), kind = least(poll.kind, excluded.kind)
