"""Make typed text safe: in one line, in a header or a log, without control characters or addresses."""

import re

# Controls, line and paragraph separators, bidirectional controls (they can turn a line around) and lone
# surrogates (they cannot be written as UTF-8).
_UNWANTED = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]+"
)
_SPACES = re.compile(r"\s+")
# The ends of an encoded-word (RFC 2047), which some readers decode wherever they see one.
_ENCODED_WORD = re.compile(r"=\?|\?=")
_ADDRESS = re.compile(r"\S+@\S+")


def one_line(text: object, limit: int = 500) -> str:
    """Return the text as one line without controls, cut at `limit` characters; empty for None."""
    line = "" if text is None else str(text)
    if not (line.isascii() and line.isprintable() and "  " not in line):
        line = _SPACES.sub(" ", _UNWANTED.sub(" ", line))
    line = line.strip()
    if len(line) > limit:
        line = f"{line[: limit - 1].rstrip()}…"
    return line


def without_addresses(text: str) -> str:
    """Return a text fit for a log or a run's page: with no address in it."""
    return _ADDRESS.sub("(address)", text)


def header_line(text: str) -> str:
    """Return one line that is safe in a mail header: nothing in it passes for a line end or an encoded-word."""
    return one_line(_ENCODED_WORD.sub(" ", one_line(text)))
