UPDATE api_key SET used = greatest($2, used) WHERE id = $1
