"""Lay out letters, write their calendar files, and write to the administrator past the outbox."""
