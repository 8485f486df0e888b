-- One taker of a budget at a time: the sum that it reads next is not to change under its hands.
INSERT INTO quota_budget (budget) VALUES ($1)
ON CONFLICT (budget) DO UPDATE SET budget = excluded.budget
