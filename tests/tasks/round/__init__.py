"""Tests of the daily round."""
