"""Whom a step's ladder tells, and when."""
