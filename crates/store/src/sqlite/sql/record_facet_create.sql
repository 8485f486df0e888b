INSERT INTO record_facet (account, kind, facet, value, also, created, record)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
