"""Checks that a programme file is consistent."""
