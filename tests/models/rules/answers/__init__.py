"""Tests of the rules about answers."""
