"""Tests of the rules: tables of cases."""
