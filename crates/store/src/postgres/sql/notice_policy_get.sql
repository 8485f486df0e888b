SELECT language, stages FROM notice_policy WHERE account = $1
