SELECT carrier, account, track FROM number WHERE number = ?1
