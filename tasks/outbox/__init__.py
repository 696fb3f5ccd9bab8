"""The outbox: which letters wait, who holds them, and what became of each."""
