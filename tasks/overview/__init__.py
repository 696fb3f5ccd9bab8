"""Where each grant stands: status, portfolio, plan as sheet and calendar."""
