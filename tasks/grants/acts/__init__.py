"""What people do to a grant: answer, decide, correct, pay, withdraw, upgrade."""
