"""Tests of reading programme files."""
