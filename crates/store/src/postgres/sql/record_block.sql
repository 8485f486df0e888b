SELECT nextval('record_block')
