SELECT EXISTS (
    SELECT FROM number WHERE number_key = $1 AND carrier = $2 AND account <> ALL ($3)
)
