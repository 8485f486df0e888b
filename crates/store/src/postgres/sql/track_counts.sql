SELECT count(*), coalesce(sum(statements), 0)::bigint, pg_database_size(current_database())
FROM track
