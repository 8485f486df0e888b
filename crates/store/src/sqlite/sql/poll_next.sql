SELECT min(due) FROM poll WHERE due IS NOT NULL
