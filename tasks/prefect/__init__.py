"""Prefect's own things: artifacts and automations."""
