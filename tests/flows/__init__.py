"""Tests of the flows, against a real Prefect server."""
