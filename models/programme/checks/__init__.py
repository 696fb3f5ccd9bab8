"""Checks that what a programme file says holds together."""
