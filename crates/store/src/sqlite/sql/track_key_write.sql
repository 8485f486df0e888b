INSERT INTO track_key (track, since, wrapped) VALUES (?1, ?2, ?3)
ON CONFLICT (track) DO UPDATE SET since = excluded.since, wrapped = excluded.wrapped
