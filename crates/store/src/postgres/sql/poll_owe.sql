-- Where an upstream is to be told something: as what somebody asked for.
UPDATE poll SET due = least(due, $2), kind = 0
WHERE track = $1 AND EXISTS (
    SELECT 1 FROM entrusted AS e WHERE e.track = poll.track AND e.connection = poll.connection
)
