"""Whether money may move, and how much."""
