"""Offices in which machines fail by chance: faults from a seed, and what must be true in spite of them."""
