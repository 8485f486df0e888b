SELECT endpoint, asked FROM endpoint_state WHERE asked > 0
