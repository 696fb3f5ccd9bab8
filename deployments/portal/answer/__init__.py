"""Answering a task: its card, its form, and what becomes of the answer."""
