SELECT used FROM meter WHERE meter = ?1 AND period = ?2
