INSERT INTO record_name (account, kind, name, text, scope, twin, record) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
