INSERT INTO delivery (endpoint, shard, number, shipment, due, attempts, done, since, parked)
SELECT d.endpoint, d.shard, d.number, d.shipment, d.due, d.attempts, d.done, d.since, d.parked
FROM unnest($1::bigint[], $2::smallint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::integer[],
    $7::integer[], $8::bigint[], $9::bigint[])
    AS d (endpoint, shard, number, shipment, due, attempts, done, since, parked)
ON CONFLICT (endpoint, shard, number) DO UPDATE SET due = excluded.due, attempts = excluded.attempts,
    done = excluded.done, parked = excluded.parked
