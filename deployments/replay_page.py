"""Write a replay as one page: a timeline picture, the story, and every letter."""

from __future__ import annotations


def write_page(*a: object) -> None: ...
