-- `moved` is null where no happening is known: then it is the day of creation.
UPDATE shipment AS s
SET created = least(s.created, w.created),
    moved = coalesce(w.moved, floor(least(s.created, w.created) / 86400000000.0)::integer),
    stage = w.stage,
    milestone = w.milestone
FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::integer[], $5::smallint[], $6::smallint[])
    AS w (account, id, created, moved, stage, milestone)
WHERE s.account = w.account AND s.id = w.id
