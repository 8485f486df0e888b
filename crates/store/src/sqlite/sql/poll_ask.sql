UPDATE poll SET due = min(coalesce(due, ?2), ?2), kind = min(kind, ?3) WHERE track = ?1
