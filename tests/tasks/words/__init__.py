"""Tests of letters, explanations and languages."""
