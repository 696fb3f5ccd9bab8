"""Gather figures from files, databases, web services and earlier answers."""
