"""What `grants replay` plays, and how it is told."""
