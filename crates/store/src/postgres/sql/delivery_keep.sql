INSERT INTO delivery (endpoint, shard, number, shipment, due, attempts, done)
SELECT d.endpoint, d.shard, d.number, d.shipment, d.due, d.attempts, d.done
FROM unnest($1::bigint[], $2::smallint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::integer[],
    $7::integer[])
    AS d (endpoint, shard, number, shipment, due, attempts, done)
ON CONFLICT (endpoint, shard, number) DO UPDATE SET due = excluded.due, attempts = excluded.attempts,
    done = excluded.done
