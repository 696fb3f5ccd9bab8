"""What people do to a grant, and what each of it moves."""
