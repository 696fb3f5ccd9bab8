"""What a change moves: dates, steps, notices, and what it would move."""
