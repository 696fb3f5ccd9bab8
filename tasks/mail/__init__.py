"""Print letters and hand them over: the outbox's states, the press, SMTP."""
