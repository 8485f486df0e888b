INSERT INTO registration (account, dialect, track, carrier, number, created, data, refs, clock_at, key)
SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::bigint[],
    $7::bytea[], $8::bytea[], $9::bigint[], $10::bytea[])
ON CONFLICT (track, account, dialect) DO NOTHING
RETURNING id, track, account, dialect
