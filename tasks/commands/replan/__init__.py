"""What a change moves: steps, dates, notices; and what it would move."""
