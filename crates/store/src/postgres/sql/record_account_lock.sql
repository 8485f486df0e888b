-- In one order: two who want some of the same accounts never wait for each other in a circle. Whoever holds
-- them waits only a moment for anything else, less than the server takes to look for circles: so they are
-- never one.
WITH held AS (
    INSERT INTO record_account (account) SELECT a FROM unnest($1::bigint[]) AS a ORDER BY a
    ON CONFLICT (account) DO UPDATE SET account = excluded.account
    RETURNING account
)
SELECT set_config('lock_timeout', '100ms', true) FROM (SELECT count(*) FROM held) AS h
