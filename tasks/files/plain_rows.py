"""Find the rows of a large sheet that hold plain values only, by their bytes: to parse them takes far longer."""

import codecs
import re
from dataclasses import dataclass, field

LARGEST_PART = 80_000_000  # bytes; a larger part is parsed piece by piece
_PIECE = 1_000_000
_BEGIN = b"<sheetData>"
_END = b"</sheetData>"
# No sign of markup is in it, but for what stands for one; so nothing begins or ends within a text.
_TEXT = rb"(?:[^<>&\x00-\x08\x0b\x0c\x0e-\x1f]|&(?:amp|lt|gt|quot|apos);)*+"
_ATTRIBUTE = rb' [A-Za-z0-9]+(?::[A-Za-z0-9]+)?="[^"<>&\x00-\x1f]*+"'
_VALUE = rb"<v>" + _TEXT + rb"</v>|<is><t(?: xml:space=\"preserve\")?>" + _TEXT + rb"</t></is>"
_CELL = (
    rb'<c r="[A-Z]{1,3}[1-9][0-9]{0,6}"(?: s="[0-9]{1,5}")?(?: t="(?:n|s|str|b|inlineStr)")?'
    rb"(?:/>|>(?:" + _VALUE + rb")?</c>)"
)
_ROW = re.compile(rb"<row(?:" + _ATTRIBUTE + rb")*+(?:/>|>(?:" + _CELL + rb")*+</row>)")
_WITH_VALUE = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"[^<>]*+>(?=<[vi])')
_STYLES = re.compile(rb' s="([0-9]{1,5})"')


@dataclass(frozen=True, slots=True)
class PlainRows:
    """What is known of rows that were not parsed: the columns and the last row with a value, and the styles."""

    columns: frozenset[str] = field(default_factory=frozenset)
    last_row: int = 0
    styles: frozenset[str] = field(default_factory=frozenset)


def cut_plain_rows(part: bytes) -> tuple[bytes, PlainRows]:
    """Return a sheet's part without its rows, and what they are, if each has plain values only; else the whole part.

    Plain is what spreadsheet programs write of a number or a text: a cell says its place first, and
    has no formula, no error and no markup. What is returned is to be parsed with care.
    """
    begins = part.find(_BEGIN)
    if begins < 0 or part.count(b"sheetData") != 2 or b"\0" in part:
        return part, PlainRows()
    begin = at = begins + len(_BEGIN)
    while row := _ROW.match(part, at):
        at = row.end()
    if not part.startswith(_END, at) or not _is_utf8(part):
        return part, PlainRows()
    columns: set[bytes] = set()
    last = 0
    for cell in _WITH_VALUE.finditer(part, begin, at):
        columns.add(cell[1])
        last = max(last, int(cell[2]))
    styles = {style[1].decode() for style in _STYLES.finditer(part, begin, at)}
    known = PlainRows(frozenset(column.decode() for column in columns), last, frozenset(styles) | {"0"})
    return part[:begin] + part[at:], known


def _is_utf8(part: bytes) -> bool:
    """Return whether the bytes can be read as UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for at in range(0, len(part), _PIECE):
            decoder.decode(part[at : at + _PIECE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
