"""When things are due, and why."""
