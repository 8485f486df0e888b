INSERT INTO notice_policy (account, language, stages) VALUES (?1, ?2, ?3)
ON CONFLICT (account) DO UPDATE SET language = excluded.language, stages = excluded.stages
