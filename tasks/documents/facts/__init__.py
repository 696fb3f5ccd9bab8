"""What documents say, gathered and worded."""
