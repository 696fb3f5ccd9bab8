"""Say which known word a mistyped one is nearest to."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return the end of a sentence about an unknown word: the nearest known one, or all of them."""
    words = list(known)
    near = get_close_matches(word, words, n=1) or [one for one in words if word and one.startswith(word)]
    return f"; did you mean '{near[0]}'?" if near else f"; known: {', '.join(sorted(words)) or 'none'}"
