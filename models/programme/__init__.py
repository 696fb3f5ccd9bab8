"""The strict shape of a programme file."""
