"""A grant's page."""
