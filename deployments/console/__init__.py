"""What the commands share: the desk they work at, and how they print."""
