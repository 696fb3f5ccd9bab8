"""Signing in, and links that have expired."""
