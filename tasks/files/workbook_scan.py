"""Look through an office file's XML before objects are built of it: how much there is, and what its sheets hide."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from xml.parsers import expat

from models.errors import BadInput
from tasks.files.number_formats import NumberFormats, styles_of

# What a table needs at most, far below what fills the memory: elements of a sheet, of the texts, of all else.
_MOST_SHEET, _MOST_TEXTS, _MOST_STYLES, _MOST_DOCUMENT = 1_500_000, 400_000, 60_000, 3_000_000
_MOST_IN_A_ROW, _MOST_MERGED, _DEEPEST = 16_384, 5_000, 200
# XML without a new element for so long is one endless name or value, over which a parser never gets.
_LONGEST_TOKEN, _CHUNK = 1_000_000, 65_536
# A spreadsheet takes 255 signs; whoever asks whether one shows a day looks at each of them for each bracket.
_LONGEST_FORMAT = 1_000
_STYLES, _BOOK = "/styles.xml", "/workbook.xml"
_XML = (".xml", ".rels", ".vml")
# A program finds a part by what refers to it, whatever its ending is; blanks may come before the first tag.
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?(?:\s*<|\s+\Z)")
_RANGE = re.compile(r"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})")
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_TRUE = ("1", "true")
_MACRO_TYPE = re.compile("macroEnabled|vbaProject|macrosheet", re.IGNORECASE)
# Names of elements that differ, and texts of one cell: far more than programs write, and slow to go through.
_MOST_NAMES, _MOST_IN_A_CELL = 5_000, 5_000
_LONGEST_FIELD = 10_000
# What runs or fetches when a workbook or a document is opened: a program's topic, a page, a picture from elsewhere.
_FETCHING = re.compile(
    r"\b[A-Z]\w*\|(?:'[^']*'|\w+)!\w|\b(?:WEBSERVICE|IMAGE|RTD|CALL|REGISTER(?:\.ID)?)\(", re.IGNORECASE
)
_FETCHING_FIELD = re.compile(r"\bDDE|\b(?:INCLUDEPICTURE|INCLUDETEXT|LINK|IMPORT)\b", re.IGNORECASE)


class TooMuch(BadInput):
    """The workbook holds more than a table does."""


class Fetches(BadInput):
    """The document fetches content from elsewhere when it is opened."""


class Macros(BadInput):
    """The document holds macros."""


@dataclass(slots=True)
class Hidden:
    """What a sheet's cells do not say by themselves; rows and columns are counted from 0.

    `merged` are the first and the last cell of each merged range, `unreckoned` cells with a formula whose value was
    never saved, `percents` cells whose number is shown with a percent sign, and how many times as large it is then
    shown, `shortened` cells whose number is shown in thousands or millions, `spelled` the formats of cells whose number
    is shown digit by digit.
    """

    rows: set[int] = field(default_factory=set)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    unreckoned: set[tuple[int, int]] = field(default_factory=set)
    percents: dict[tuple[int, int], int] = field(default_factory=dict)
    shortened: set[tuple[int, int]] = field(default_factory=set)
    spelled: dict[tuple[int, int], str] = field(default_factory=dict)


def scan_parts(
    archive: zipfile.ZipFile, *, sheets: bool = True, most_rows: int | None = None
) -> dict[str, Hidden]:
    """Return what the sheets hide, by the name of their part; TooMuch when a part holds more than a table needs.

    `most_rows` is how many rows of a sheet may have cells. Of a document (without `sheets`) only the size and the
    depth are looked at.
    """
    found = {}
    looks = Looks()
    # First what says how a sheet's numbers are shown, and whether they are reckoned anew.
    for entry in sorted(
        archive.infolist(), key=lambda one: not one.filename.lower().endswith((_STYLES, _BOOK))
    ):
        name = entry.filename.lower()
        with archive.open(entry) as part:
            if name.endswith((".vml", ".svg")) or not is_markup(name, part.read(_CHUNK)):
                continue
        scan = _Scan(_most(name) if sheets else _MOST_DOCUMENT, most_rows, looks)
        scan.is_sheet = sheets and "/worksheets/" in name and not name.endswith(".rels")
        with archive.open(entry) as part:
            scan.read(part, sheets=sheets, is_styles=name.endswith(_STYLES))
        if scan.is_sheet:
            found[entry.filename] = scan.hidden
        elif name.endswith(_STYLES):
            looks.take(scan.formats, scan.styles or ())
    return found


@dataclass(slots=True)
class Looks:
    """What a workbook says of its sheets' numbers: the styles of some, and whether all are to be reckoned anew.

    Who writes a workbook without reckoning saves noughts for its formulas, and that they are to be reckoned.
    """

    percents: Mapping[str, int] = field(default_factory=dict)
    shortened: frozenset[str] = frozenset()
    spelled: Mapping[str, str] = field(default_factory=dict)
    reckoned_anew: bool = False

    def take(self, formats: NumberFormats, styles: Sequence[str]) -> None:
        """Take the styles, each the number of its format."""
        self.percents = {style: formats.percents[one] for style, one in styles_of(styles, formats.percents)}
        self.shortened = frozenset(style for style, _ in styles_of(styles, formats.shortened))
        self.spelled = {style: formats.spelled[one] for style, one in styles_of(styles, formats.spelled)}


def is_markup(name: str, head: bytes) -> bool:
    """Return whether a part, by its name and how it begins, is or may be XML."""
    # In whatever encoding: sixteen bits a letter leave noughts between them.
    return name.lower().endswith(_XML) or bool(_MARKUP.match(head.replace(b"\0", b"")))


def scan_relations(part: Any, endings: Collection[str] = ()) -> None:
    """Read what a document says of its parts: Fetches when one is elsewhere, Macros, TooMuch, or the parser's error.

    A link that a reader presses fetches nothing. `endings` are those of the document's parts: some programs say for
    every ending that they know what its parts would be, macros too.
    """
    scan = _Relations(_MOST_STYLES)
    scan.endings = frozenset(endings)
    scan.read(part)


def _most(name: str) -> int:
    if name.endswith("sharedstrings.xml"):
        return _MOST_TEXTS
    # What becomes objects whenever the workbook is opened; a pivot table's rows or a chart's points do not.
    opened = name.endswith(("styles.xml", "workbook.xml", ".rels", "[content_types].xml"))
    return _MOST_STYLES if opened or name.startswith("docprops/") else _MOST_DOCUMENT


class _Locals(dict[str, str]):
    """Names of elements without their namespaces, each split once."""

    def __missing__(self, name: str) -> str:
        if len(self) > _MOST_NAMES:
            raise TooMuch
        self[name] = name.rpartition(" ")[2]
        return self[name]


class _Scan:
    """Counts a part's elements, and notes what a sheet hides.

    A sheet is what lies among the sheets, or begins as one: wherever it lies, a program finds it by what refers to it.
    """

    def __init__(self, most: int, most_rows: int | None = None, looks: Looks | None = None) -> None:
        self.hidden = Hidden()
        self.is_sheet = False
        self._left, self._depth, self._in_row = most, 0, 0
        self._rows_left = _MOST_SHEET if most_rows is None else most_rows
        self._names = _Locals()
        self._looks = looks or Looks()
        self.formats = NumberFormats()
        self.styles: list[str] | None = None
        self._row = -1
        self._cell: str | None = None
        self._formula = self._value = self._is_text = False
        self._field, self._in_cell = "", 0
        self._parser: Any = None

    def read(self, part: Any, *, sheets: bool = False, is_styles: bool = False) -> None:
        """Read the part to its end; TooMuch, or the parser's own error, when it is not a table's."""
        parser = self._parser = expat.ParserCreate(namespace_separator=" ")
        start = self._start_in_styles if is_styles else self._start
        parser.StartElementHandler = partial(self._begin, start) if sheets else start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = _refuse_declarations
        quiet, before = 0, self._left
        while chunk := part.read(_CHUNK):
            parser.Parse(chunk, False)
            quiet = quiet + len(chunk) if self._left == before else 0
            before = self._left
            if quiet > _LONGEST_TOKEN:
                raise TooMuch
        parser.Parse(b"", True)

    def _begin(self, start: Callable[[str, dict[str, str]], None], name: str, values: dict[str, str]) -> None:
        """Take the part's first element, which says whether it is a sheet; `start` takes those of what is none."""
        self.is_sheet = self.is_sheet or self._names[name] == "worksheet"
        if self.is_sheet:
            self._left, start = _MOST_SHEET, self._start_in_sheet
            self._parser.EndElementHandler = self._end_in_sheet
        self._parser.StartElementHandler = start
        start(name, values)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._left -= 1
        self._depth += 1
        if self._left < 0 or self._depth > _DEEPEST:
            raise TooMuch
        kind = self._names[name]
        if kind == "calcPr" and attributes.get("fullCalcOnLoad") in _TRUE:
            self._looks.reckoned_anew = True
        elif kind == "altChunk" or (kind == "connection" and attributes.get("refreshOnLoad") in _TRUE):
            raise Fetches
        elif kind == "macrosheet":
            raise Macros
        elif kind == "instrText":
            self._parser.CharacterDataHandler = self._field_says
        elif kind == "p":
            self._field = ""

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._names[name] == "instrText":
            self._parser.CharacterDataHandler = None
            if _FETCHING_FIELD.search(self._field):
                raise Fetches

    def _field_says(self, text: str) -> None:
        """Take what a field of a document does, of which several runs may each hold a part."""
        self._field = (self._field + text)[-_LONGEST_FIELD:]

    def _start_in_styles(self, name: str, attributes: dict[str, str]) -> None:
        self._start(name, attributes)
        kind = self._names[name]
        if kind == "numFmt" and self.styles is None:
            code = attributes.get("formatCode", "")
            if len(code) > _LONGEST_FORMAT:
                raise TooMuch
            self.formats.add(attributes.get("numFmtId", ""), code)
        elif kind == "cellXfs":
            self.styles = []
        elif kind == "xf" and self.styles is not None:
            self.styles.append(attributes.get("numFmtId", ""))

    def _start_in_sheet(self, name: str, attributes: dict[str, str]) -> None:
        self._start(name, attributes)
        kind = self._names[name]
        if kind == "c":
            self._cell, self._formula = attributes.get("r"), False
            self._is_text, self._value = attributes.get("t") == "str", False
            self._in_cell, self._field = 0, ""
            self._in_row += 1
            self._rows_left -= self._in_row == 1
            style = attributes.get("s", "")
            if style in self._looks.percents:
                self.hidden.percents[self._place()] = self._looks.percents[style]
            elif style in self._looks.shortened:
                self.hidden.shortened.add(self._place())
            elif style in self._looks.spelled:
                self.hidden.spelled[self._place()] = self._looks.spelled[style]
            if self._in_row > _MOST_IN_A_ROW or self._rows_left < 0:
                raise TooMuch
        elif kind == "row":
            self._in_row = 0
            number = attributes.get("r", "")
            self._row = int(number) - 1 if number.isdigit() else self._row + 1
            if attributes.get("hidden") in _TRUE:
                self.hidden.rows.add(self._row)
        elif kind == "f":
            self._formula = True
            self._parser.CharacterDataHandler = self._field_says
        elif kind == "t":
            self._in_cell += 1
            if self._in_cell > _MOST_IN_A_CELL:
                raise TooMuch
        elif kind == "v" and self._formula and not self._looks.reckoned_anew:
            self._value = self._is_text  # a text may come to nothing
            self._parser.CharacterDataHandler = self._says_something
        elif kind == "mergeCell":
            self._merge(attributes.get("ref", ""))

    def _end_in_sheet(self, name: str) -> None:
        self._depth -= 1
        kind = self._names[name]
        if kind == "f":
            self._parser.CharacterDataHandler = None
            if _FETCHING.search(self._field):
                raise Fetches
        elif kind == "v" and self._formula:
            self._parser.CharacterDataHandler = None
        elif kind == "c" and self._formula and not self._value:
            self.hidden.unreckoned.add(self._place())

    def _place(self) -> tuple[int, int]:
        """Return where the cell stands: as it says, or else behind the one before it."""
        found = _CELL.fullmatch(self._cell or "")
        return (int(found[2]) - 1, column_number(found[1])) if found else (self._row, self._in_row - 1)

    def _says_something(self, _text: str) -> None:
        self._value = True

    def _merge(self, text: str) -> None:
        found = _RANGE.fullmatch(text)
        if len(self.hidden.merged) >= _MOST_MERGED:
            raise TooMuch
        if found:
            top, left = int(found[2]) - 1, column_number(found[1])
            self.hidden.merged.append((top, left, int(found[4]) - 1, column_number(found[3])))


class _Relations(_Scan):
    """Looks at each relationship and content type as a program reads it, however it is written."""

    endings: frozenset[str] = frozenset()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        super()._start(name, attributes)
        if attributes.get("TargetMode", "").strip().lower() == "external":
            if not attributes.get("Type", "").endswith("/hyperlink"):
                raise Fetches
        elif self._names[name] == "Default" and attributes.get("Extension", "").lower() not in self.endings:
            return
        elif any(_MACRO_TYPE.search(value) for value in attributes.values()):
            raise Macros


def column_number(letters: str) -> int:
    """Return a column's position from 0: C is 2."""
    position = 0
    for letter in letters:
        position = position * 26 + ord(letter) - ord("A") + 1
    return position - 1


def _refuse_declarations(*_: object) -> None:
    raise TooMuch
