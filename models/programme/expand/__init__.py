"""Make a programme's plan from its written file."""
