"""Tests of what Grantline knows."""
