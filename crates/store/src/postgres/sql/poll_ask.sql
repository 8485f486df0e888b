UPDATE poll SET due = least(due, $2), kind = least(kind, $3) WHERE track = $1
