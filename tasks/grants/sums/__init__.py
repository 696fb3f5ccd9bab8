"""Sums that follow from answers and decisions: instalments, spending, repayments, budgets."""
