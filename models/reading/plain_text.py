"""Make typed text safe for one line, a header or a log: without control characters or addresses."""

import re

# A text over several lines keeps its tabs and line feeds. Lone surrogates cannot be written as UTF-8.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
# PostgreSQL stores no NUL, and half a surrogate pair is not UTF-8.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_BREAKS_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# Invisible characters: controls, joiners and marks of direction.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
# Windows-1252 has no signs for five of these bytes; DOS wrote letters with them.
_IN_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
# The same for text in an unknown encoding, where the upper half may be letters.
_IN_NO_OLD_TEXT = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
# Controls, line and paragraph separators, bidirectional controls (they can turn a line around) and
# lone surrogates (they cannot be written as UTF-8).
_UNWANTED = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]+"
)
_SPACES = re.compile(r"\s+")
# The ends of an encoded-word (RFC 2047), which some readers decode anywhere.
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


def without_controls(text: str) -> str:
    """Return a text of several lines without control characters, its line ends as line feeds."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def without_unseen(text: str) -> str:
    """Return a text for print: separators as line feeds, without invisible characters."""
    return _UNSEEN.sub("", re.sub("[\u2028\u2029]", "\n", text))


def is_storable(text: str) -> bool:
    """Return whether both databases can store the text."""
    return _UNSTORABLE.search(text) is None


def is_one_line(text: str) -> bool:
    """Return whether the text holds neither line ends nor control characters."""
    return _BREAKS_LINE.search(text) is None


def is_text(decoded: str, *, old_encoding: bool = False) -> bool:
    """Return whether a file's decoded content reads as text; `old_encoding` allows DOS's letters."""
    return (_IN_NO_OLD_TEXT if old_encoding else _IN_NO_TEXT).search(decoded) is None


def without_addresses(text: str) -> str:
    """Return a text without addresses, fit for a log or a run's page."""
    return _ADDRESS.sub("(address)", text)


def header_line(text: str) -> str:
    """Return one line that is safe in a mail header: no line end and no encoded-word can be seen in it."""
    return one_line(_ENCODED_WORD.sub(" ", one_line(text)))
