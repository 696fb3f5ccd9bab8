"""Tests of the database, its guards and the journal."""
