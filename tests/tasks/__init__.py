"""Tests of what touches things."""
