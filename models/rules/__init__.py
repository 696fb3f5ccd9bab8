"""Pure functions that take rows, values and a date, and return decisions with their reasons."""
