DELETE FROM quarantine_payload WHERE track = $1
