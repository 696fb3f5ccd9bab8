"""Answering: cards, forms, and what becomes of an answer."""
