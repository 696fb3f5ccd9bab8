"""Read what calamine does not tell about a workbook's cells: percentages, errors, unsaved formulas."""

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from tasks.files.inspection import column_number

Position = tuple[int, int]  # row and column from 0
_WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_STYLES = "xl/styles.xml"
_CELL = re.compile("([A-Z]{1,3})([1-9][0-9]{0,6})")
# The numbers of the formats that every program knows: 0% and 0.00%.
_KNOWN_PERCENTS = frozenset(("9", "10"))
# Text that a number's format shows unchanged: "%" in quotes, or behind a backslash.
_AS_IT_STANDS = re.compile(r'"[^"]*"|\\.')


@dataclass(slots=True)
class CellMarks:
    """The marks of a sheet's cells by their positions, and how many rows and columns it uses.

    `percents` are numbers that are shown in percent. `errors` are shown instead of a value.
    `unreckoned` are cells with a formula whose value was never saved.
    """

    percents: set[Position] = field(default_factory=set)
    errors: dict[Position, str] = field(default_factory=dict)
    unreckoned: set[Position] = field(default_factory=set)
    rows: int = 0
    columns: int = 0


def read_cell_marks(content: bytes) -> dict[str, CellMarks]:
    """Return the marks of an inspected workbook's sheets by their names.

    Raises KeyError, ValueError or ExpatError for a malformed workbook.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name.lower(): name for name in archive.namelist()}

        def part(name: str) -> bytes:
            return archive.read(parts[name.lower()])

        targets = {
            element["Id"]: element["Target"]
            for tag, element in _elements(part(_RELATIONS))
            if tag == "Relationship"
        }
        percents = _percent_styles(part(_STYLES)) if _STYLES in parts else frozenset()
        sheets = [element for tag, element in _elements(part(_WORKBOOK)) if tag == "sheet"]
        marks = {}
        for sheet in sheets:
            in_archive = posixpath.normpath(posixpath.join("xl", targets[sheet["id"]])).lstrip("/")
            marks[sheet["name"]] = _Sheet(percents).read(part(in_archive))
        return marks


def _local(name: str) -> str:
    """Return an element's or attribute's name without its namespace."""
    return name.rpartition(" ")[2]


def _elements(part: bytes) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield a small part's elements in order, with their attributes, all by their local names."""
    elements: list[tuple[str, Mapping[str, str]]] = []
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = lambda name, attributes: elements.append(
        (_local(name), {_local(key): value for key, value in attributes.items()})
    )
    parser.Parse(part, True)
    yield from elements


def _percent_styles(part: bytes) -> frozenset[str]:
    """Return the numbers of the styles in which cells show their numbers in percent."""
    formats = set(_KNOWN_PERCENTS)
    styles = []
    within = False
    for tag, attributes in _elements(part):
        if tag == "numFmt" and "%" in _AS_IT_STANDS.sub("", attributes.get("formatCode", "")):
            formats.add(attributes.get("numFmtId", ""))
        # Only this list belongs to the cells; another list of the same elements is for named styles.
        elif tag in ("cellXfs", "cellStyles", "cellStyleXfs", "dxfs"):
            within = tag == "cellXfs"
        elif tag == "xf" and within:
            styles.append(attributes.get("numFmtId", ""))
    return frozenset(str(at) for at, number in enumerate(styles) if number in formats)


class _Sheet:
    """Reads one sheet's part, element by element, without keeping it."""

    def __init__(self, percents: frozenset[str]) -> None:
        self._percents = percents
        self._marks = CellMarks()
        self._row = -1
        self._column = -1
        self._kind = "n"
        self._style = ""
        self._has_formula = self._has_value = self._in_value = False
        self._text = ""

    def read(self, part: bytes) -> CellMarks:
        """Return the marks of the sheet's cells."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.Parse(part, True)
        return self._marks

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        match _local(name):
            case "row":
                self._row = int(attributes["r"]) - 1 if "r" in attributes else self._row + 1
                self._column = -1
            case "c":
                self._begin_cell(attributes)
            case "f":
                self._has_formula = True
            case "v" | "is":
                self._has_value = self._in_value = True

    def _begin_cell(self, attributes: Mapping[str, str]) -> None:
        self._column += 1
        if "r" in attributes:
            named = _CELL.fullmatch(attributes["r"].upper())
            if named is None:
                raise ValueError(attributes["r"])
            self._row = int(named[2]) - 1
            self._column = column_number(named[1])
        self._kind = attributes.get("t", "n")
        self._style = attributes.get("s", "0")
        self._has_formula = self._has_value = False
        self._text = ""

    def _characters(self, text: str) -> None:
        if self._in_value:
            self._text += text

    def _end(self, name: str) -> None:
        match _local(name):
            case "v" | "is":
                self._in_value = False
            case "c":
                self._end_cell()

    def _end_cell(self) -> None:
        marks = self._marks
        position = (self._row, self._column)
        # A formula whose value is an empty text was calculated.
        if self._has_formula and not self._text and self._kind != "str":
            marks.unreckoned.add(position)
        elif self._has_value:
            marks.rows = max(marks.rows, self._row + 1)
            marks.columns = max(marks.columns, self._column + 1)
            if self._kind == "e":
                marks.errors[position] = self._text
            elif self._kind == "n" and self._style in self._percents:
                marks.percents.add(position)
