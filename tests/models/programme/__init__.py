"""Tests of the programme file and its language."""
