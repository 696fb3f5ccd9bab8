"""Tests of sources of figures."""
