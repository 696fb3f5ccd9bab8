"""Tests of what starts it."""
