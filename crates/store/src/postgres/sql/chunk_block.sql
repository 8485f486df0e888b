SELECT nextval('chunk_block')
