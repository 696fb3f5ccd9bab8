"""Read which page of a list, or which row, an address asks for."""

from __future__ import annotations

# Page numbers beyond this are nobody's question.
_MOST_DIGITS = 6
# An id that no database holds would be an error in the driver.
LARGEST_ID = 2**31 - 1


def page_asked(asked: str | None) -> int:
    """Return the page that is asked for; the first for what is no page's number."""
    if asked is None or not (asked.isascii() and asked.isdecimal() and len(asked) <= _MOST_DIGITS):
        return 1
    return max(1, int(asked))


def id_asked(asked: str) -> int | None:
    """Return the id that is asked for; None for what can be no row's."""
    if not (asked.isascii() and asked.isdecimal() and len(asked) <= len(str(LARGEST_ID))):
        return None
    return int(asked) if int(asked) <= LARGEST_ID else None
