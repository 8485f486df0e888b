-- In one order: two who want some of the same accounts never wait for each other in a circle.
INSERT INTO record_account (account) SELECT a FROM unnest($1::bigint[]) AS a ORDER BY a
ON CONFLICT (account) DO UPDATE SET account = excluded.account
