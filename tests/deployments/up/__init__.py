"""Tests of `grants up`."""
