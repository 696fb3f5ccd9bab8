"""Tests of the house: its layout, its imports, its locks."""
