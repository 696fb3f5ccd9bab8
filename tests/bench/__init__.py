"""Measure the daily round and its delivery against floors that run beside them."""
