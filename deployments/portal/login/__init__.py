"""Signing in, and links that are over."""
