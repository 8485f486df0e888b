INSERT INTO record (id, account, kind, code, status, created, updated, created_by, updated_by, version, facts, personal)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
