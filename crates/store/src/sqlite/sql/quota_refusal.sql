SELECT until, at, times, counted FROM quota_refusal WHERE budget = ?1
