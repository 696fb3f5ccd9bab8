"""Make what people typed safe to put in a line: names, titles and notes stay data, whatever they hold."""

from __future__ import annotations

import re
from functools import lru_cache

# Controls, line and paragraph separators, bidirectional controls (they can turn a line around) and lone
# surrogates (they cannot be written as UTF-8).
_UNWANTED = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]+"
)
_SPACES = re.compile(r"\s+")
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
# The ends of an encoded-word (RFC 2047), which some readers decode wherever they see one.
_ENCODED_WORD = re.compile(r"=\?|\?=")
_ADDRESS = re.compile(r"\S+@\S+")
_ISOLATES = re.compile("[\u2068\u2069]")


def one_line(text: object, limit: int = 500) -> str:
    """Return the text as one line without controls, cut at `limit` characters; empty for None.

    Text with right-to-left letters is isolated, so that it does not turn the sentence around it.
    """
    return "" if text is None else _one_line(str(text), limit)


# Titles and sentences of programmes come again in every letter.
@lru_cache(maxsize=8192)
def _one_line(line: str, limit: int) -> str:
    if not (line.isascii() and line.isprintable() and "  " not in line):
        line = _SPACES.sub(" ", _UNWANTED.sub(" ", line))
    line = line.strip()
    if len(line) > limit:
        line = f"{line[: limit - 1].rstrip()}…"
    if not line.isascii() and _RIGHT_TO_LEFT.search(line):
        return f"\u2068{line}\u2069"
    return line


def without_addresses(text: str) -> str:
    """Return a text fit for a log or a run's page: with no address in it."""
    return _ADDRESS.sub("(address)", text)


def header_line(text: str) -> str:
    """Return one line that is safe in a mail header: nothing in it passes for a line end or an encoded-word."""
    line = one_line(_ISOLATES.sub("", text))
    if "=?" in line or "?=" in line:
        line = one_line(_ENCODED_WORD.sub(" ", line))
    return _ISOLATES.sub("", line)
