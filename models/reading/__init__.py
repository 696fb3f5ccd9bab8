"""Text to value: numbers, dates, sums, accounts, periods and references as people write them."""
