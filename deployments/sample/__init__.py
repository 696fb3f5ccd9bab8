"""Sample data: a dozen grants around today, and the reference case."""
