"""Detect a text's encoding, and the delimiter of its columns."""

import codecs
import re

from models.reading.plain_text import is_text

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# The letters åäöÅÄÖé in encodings of one byte a letter: of Windows, of DOS (which SIE files have), of old Macintoshes.
_SWEDISH = {
    encoding: [letter.encode(encoding) for letter in "åäöÅÄÖé"]
    for encoding in ("cp1252", "cp437", "mac_roman")
}
_HEAD = 2_000
_FIRST_LINES = 60
# A comma between two letters without a space is neither a decimal mark nor part of a sentence.
_BETWEEN_HEADINGS = re.compile(r'[^\W\d_]"?,"?[^\W\d_]')


def decode_text(content: bytes) -> str:
    """Return the text: by its mark, else UTF-16 if every other byte is zero, else UTF-8, else an old encoding.

    Of the old ones it is the one in which the Swedish letters are letters. ISO 8859-1 is read as
    Windows-1252, which has the same letters. ValueError for bytes that are no text in any of them.
    """
    encoding = _encoding_of(content)
    text = content.decode(encoding)
    if not is_text(text):
        raise ValueError(encoding)
    return text


def _encoding_of(content: bytes) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return encoding
    head = content[:_HEAD]
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        half = head[first::2]
        # Swedish and English letters have a zero in the same half of each sign.
        if half.count(0) > len(half) // 2:
            return encoding
    try:
        content.decode()
    except UnicodeDecodeError:
        return max(_SWEDISH, key=lambda encoding: sum(map(content.count, _SWEDISH[encoding])))
    return "utf-8"


def find_delimiter(text: str) -> str:
    """Return the delimiter of a table: the sign in most of its first lines, a comma only between words.

    The decimals of sums have commas too.
    """
    lines = [line for line in text.splitlines()[:_FIRST_LINES] if line.strip(";,\t| ")]
    counts = {sign: sum(sign in line for line in lines) for sign in ";\t|"}
    best = max(counts, key=lambda sign: (counts[sign], text.count(sign)))
    if 2 * counts[best] > len(lines):
        return best
    by_commas = any(_BETWEEN_HEADINGS.search(line) for line in lines) or "," in "".join(lines[:1])
    return "," if by_commas else ";"
