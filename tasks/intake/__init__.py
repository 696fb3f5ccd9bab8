"""Import what an office keeps: people, grants, decisions, meetings, budgets."""
