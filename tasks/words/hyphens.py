"""Say where long words may break, since a browser knows no Swedish where it has no dictionary."""

import re
from functools import lru_cache

from pyphen import Pyphen

# A shorter word fits on the next line, whole.
_LONG = re.compile(r"\w{14,}")
_SOFT_HYPHEN = "\N{SOFT HYPHEN}"
_FEWEST = 4  # letters before a break, and after it


@lru_cache(maxsize=4)
def _dictionary(language: str) -> Pyphen:
    return Pyphen(lang=language, left=_FEWEST, right=_FEWEST)


def with_soft_hyphens(text: str, language: str) -> str:
    """Return a text whose long words have soft hyphens: a browser shows one only where it breaks the word."""
    words = _dictionary(language)
    return _LONG.sub(lambda found: words.inserted(found[0], _SOFT_HYPHEN), text)
