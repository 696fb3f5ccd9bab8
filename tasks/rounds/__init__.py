"""Tell of the steps whose day has come, record the day, let its letters leave; or try all that and undo it."""
