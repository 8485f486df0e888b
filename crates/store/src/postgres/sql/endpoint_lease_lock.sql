SELECT l.endpoint FROM endpoint_lease AS l
    JOIN unnest($2::bigint[], $3::bigint[]) AS h (endpoint, epoch) ON h.endpoint = l.endpoint
WHERE l.holder = $1 AND l.epoch = h.epoch
ORDER BY l.endpoint
FOR NO KEY UPDATE OF l
