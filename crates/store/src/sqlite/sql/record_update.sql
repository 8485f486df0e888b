UPDATE record SET code = ?2, status = ?3, created = ?4, updated = ?5, created_by = ?6, updated_by = ?7,
    version = ?8, facts = ?9, personal = ?10
WHERE id = ?1
