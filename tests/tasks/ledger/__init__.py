"""Tests of ledgers: their files, and the entries that are kept of them."""
