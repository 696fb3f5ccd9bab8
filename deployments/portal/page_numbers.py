"""Read which page of a list an address asks for."""

from __future__ import annotations

# Page numbers beyond this are nobody's question.
_MOST_DIGITS = 6


def page_asked(asked: str | None) -> int:
    """Return the page that is asked for; the first for what is no page's number."""
    if asked is None or not (asked.isascii() and asked.isdecimal() and len(asked) <= _MOST_DIGITS):
        return 1
    return max(1, int(asked))
