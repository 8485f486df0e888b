SELECT min(due) FROM delivery WHERE due IS NOT NULL
