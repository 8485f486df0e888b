DELETE FROM quarantine_payload WHERE quarantine = ?1 AND id = ?2
