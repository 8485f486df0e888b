-- Unless another registration of the number goes on.
UPDATE poll SET due = NULL
WHERE track = $1 AND account = $2 AND NOT EXISTS (
    SELECT 1 FROM registration
    WHERE track = $1 AND account = $2 AND clock_at IS NOT NULL
        AND (clock_told <> 2 OR clock_since < $3)
)
