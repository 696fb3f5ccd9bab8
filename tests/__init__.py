"""Tests, fixtures and benchmarks of Grantline."""
