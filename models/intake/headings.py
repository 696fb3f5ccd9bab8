"""The sheets and column headings that an import takes, from headings.csv, and the words in their cells."""

import csv
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from models.message import Message
from models.reading.value_faults import nearest

# The unit behind a heading, which is not part of its name.
_UNIT = re.compile(r"[\[(]?\b(tkr|kkr|mkr|mnkr|kr|sek|kronor)\b\.?[\])]?\s*$", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"\s*\([^()]*\)\s*$")
_SCALES = {"tkr": 1_000, "kkr": 1_000, "mkr": 1_000_000, "mnkr": 1_000_000}
_ABOUT_A_DAY = ("sistadagför", "sistadagenför", "sistadag", "senast", "lastdayfor", "lastdayto", "datum")
_AT_THE_END = ("inlämnas", "lämnas", "inskickad", "inne", "by", "due")
# Funders and offices use "slutrapport", "slutredovisning" and "slutrapportering" for the same report.
_ACCOUNT = re.compile("(?<=.)(redovisning|rapportering)$")
_NEAR = 72  # of 100: how alike an unknown heading must be to a known one to be suggested with it


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the field that it fills, what its cells hold, whether it is needed, and its names.

    `need` is "cell" if every row needs a value, "empties" if an empty cell empties the field, or
    nothing. "cell or name" allows the column of the field `name` in its place. "asked" is for a
    field that a new grant needs: it is asked once for all rows of a funder that leave it out. The
    first name is the written one.
    """

    field: str
    reads: str
    need: str = ""
    swedish: tuple[str, ...] = ()
    english: tuple[str, ...] = ()

    def heading(self, language: str) -> str:
        """Return the heading as an empty workbook has it."""
        name = (self.english if language == "en" else self.swedish)[0]
        return name[:1].upper() + name[1:]

    @property
    def needs_cell(self) -> bool:
        """Whether every row needs a value."""
        return self.need.startswith("cell")


@dataclass(frozen=True, slots=True, eq=False)
class SheetShape:
    """A kind of sheet: its rows' kind, its written names (Swedish, English), and its columns.

    There is one object of each kind, compared by identity.
    """

    kind: str
    titles: tuple[str, str]
    columns: tuple[Column, ...]

    def missing(self, fields: Collection[str]) -> list[Column]:
        """Return the columns without which a sheet of these fields is not of this kind."""
        needed = (column for column in self.columns if column.needs_cell)
        return [
            column for column in needed if not {column.field, column.need.partition(" or ")[2]} & set(fields)
        ]


def _read_shapes(path: Path) -> Iterable[SheetShape]:
    """Yield the sheets of the table; the first line of each has its names, the others its columns."""
    with path.open(encoding="utf-8", newline="") as file:
        for kind, lines in groupby(csv.DictReader(file, delimiter=";"), lambda line: line["sheet"]):
            named, *columns = lines
            yield SheetShape(kind, (named["svenska"], named["english"]), tuple(map(_column, columns)))


def _column(line: Mapping[str, str]) -> Column:
    swedish, english = (tuple(line[name].split(", ")) for name in ("svenska", "english"))
    return Column(line["field"], line["cell"], line["need"], swedish, english)


# Each sheet comes after the sheets that it names; an empty workbook has the same order.
SHAPES = tuple(_read_shapes(Path(__file__).with_name("headings.csv")))


def heading_key(text: str) -> str:
    """Return a heading as it is compared: without unit, case, marks, spaces and line breaks."""
    plain = unicodedata.normalize("NFC", without_unit(text) or text).casefold()
    return "".join(sign for sign in plain if sign.isalnum())


def heading_scale(text: str) -> int:
    """Return the factor that a heading gives its sums: "Belopp (tkr)" is 1,000."""
    unit = _UNIT.search(text.strip().rstrip(":*"))
    return _SCALES.get(unit[1].casefold(), 1) if unit else 1


def without_unit(text: str) -> str:
    """Return a heading without the unit behind it: "Kv 1 2026 (tkr)" is "Kv 1 2026"."""
    return _UNIT.sub("", text.strip().rstrip(":*")).strip()


def date_key(text: str) -> str:
    """Return a heading about a day as it is compared: "Slutrapport senast" is "sista dag för slutrapporten"."""
    key = heading_key(text)
    for word in _ABOUT_A_DAY:
        key = key.replace(word, "")
    for word in _AT_THE_END:
        key = key.removesuffix(word)
    return _ACCOUNT.sub("rapport", key.removesuffix("en")) or heading_key(text)


def field_of(shape: SheetShape, heading: str) -> Column | None:
    """Return the column that a heading names, also by its field; None if it names none."""
    names = _NAMES[shape.kind]
    # Brackets after a heading explain it: "Handläggare (e-post)".
    keys = heading_key(heading), heading_key(_IN_BRACKETS.sub("", heading))
    return next((names[key][1] for key in keys if key in names), None)


def _names(shape: SheetShape) -> Mapping[str, tuple[str, Column]]:
    """Return the columns by the key of every name, their field's last; the first wins if two share a name."""
    columns: dict[str, tuple[str, Column]] = {}
    for column in shape.columns:
        for name in (*column.swedish, *column.english):
            columns.setdefault(heading_key(name), (name, column))
    for column in shape.columns:
        columns.setdefault(heading_key(column.field), (column.field, column))
    return columns


_NAMES = {shape.kind: _names(shape) for shape in SHAPES}


def nearest_heading(shape: SheetShape, heading: str) -> str:
    """Return the known name nearest to an unknown heading; empty if none is near."""
    names = _NAMES[shape.kind]
    near = nearest(heading_key(heading), names, at_least=_NEAR)
    return names[near][0] if near else ""


def headings_of(columns: Iterable[Column]) -> list[str]:
    """Return the written headings of columns, as a message lists them: Swedish, with English behind."""
    return [f"{column.heading('sv')} ({column.heading('en')})" for column in columns]


# What people write for the closed words of a sheet.
WORDS = {
    "language": {"svenska": "sv", "swedish": "sv", "engelska": "en", "english": "en"},
    "access": {"egna": "own", "läsare": "reader", "alla": "reader", "kontrollant": "controller"},
    "kind": {
        "ordinarie": "ordinary",
        "extrainsatt": "extra",
        "bifall": "award",
        "beviljat": "award",
        "beviljande": "award",
        "tilläggsbeslut": "supplement",
        "tillägg": "supplement",
        "ändring": "amendment",
        "ändringsbeslut": "amendment",
        "avslag": "refusal",
        "avskrivet": "withdrawal",
        "återkallat": "withdrawal",
    },
}
YES_NO = dict.fromkeys(("yes", "ja", "j", "y", "true", "sant", "x", "1"), True) | dict.fromkeys(
    ("no", "nej", "n", "false", "falskt", "0"), False
)
_TOTAL = r"(?:(?:del|slut|total)?(?:summa|summor)|totalt?|sum|sub-?total|grand total)"
_TOTALS = re.compile(rf"{_TOTAL}\b|.* (?:summa|total)\Z", re.IGNORECASE)  # "701 Summa" is a spreadsheet's own
_TOTAL_ALONE = re.compile(_TOTAL, re.IGNORECASE)
# What a spreadsheet shows for a failed formula, in any language: #REF!, #NAMN?, #N/A, #SAKNAS!, ####.
_ERROR = re.compile(r"#(?:[A-ZÅÄÖ0/]+[!?]|N/A|SAKNAS|GETTING_DATA|#{2,})")
# What statistics print in place of a number that they do not show: <5, .. and the like.
_HIDDEN = re.compile(
    r"< ?[0-9]{1,2}|\.\.|…|(?:färre än|mindre än|fewer than|less than) [0-9]{1,2}", re.IGNORECASE
)


def in_both_languages(field: str, words: Iterable[str]) -> list[str]:
    """Return a column's closed words as messages list them: "bifall (award)"."""
    swedish = {word: name for name, word in reversed(WORDS[field].items()) if name != word}
    return [f"{swedish[word]} ({word})" if word in swedish else word for word in words]


def is_cell_error(cell: object) -> bool:
    """Return whether a cell shows an error instead of a value."""
    return isinstance(cell, str) and _ERROR.fullmatch(cell) is not None


def is_hidden_number(cell: object) -> bool:
    """Return whether a cell has a sign in place of a number that is not shown."""
    return isinstance(cell, str) and _HIDDEN.fullmatch(cell.strip()) is not None


def is_total(text: object, *, alone: bool = False) -> bool:
    """Return whether a row's first cell marks it as a sum of the rows above; `alone`: it says nothing else."""
    if not isinstance(text, str):
        return False
    words = text.strip().rstrip(":")
    return (_TOTAL_ALONE.fullmatch(words) if alone else _TOTALS.match(words)) is not None


class Entered(Message):
    """Why an entry of an import file does not hold together."""

    AMOUNT_OR_TOTAL = "a decision says its 'amount' or the 'total' so far, not both"
    REFUSAL_WITH_SUM = "a refusal gives no sum: take out its 'amount' or 'total'"
    PAYMENT_WITHOUT_DAY = "'paid_amount' needs the day of the payment: say 'paid_on'"
    PAID_BEFORE_CLAIM = "it was paid (%(paid)s) before it was claimed (%(claimed)s)"
    PAID_TWICE_SAID = (
        "what was paid so far is said of the grant and of its instalments: leave one of them out"
    )
    HALF_A_PERIOD = "a period needs both its first and its last day"
    ORGANISATION = "organisation"
    PERSON = "person"
    GRANT = "grant"
    STANDS_TWICE = "the %(kind)s '%(key)s' stands twice in the file"
    ENDS_FIRST = "it ends (%(last)s) before it begins (%(first)s)"
    TWICE_OF_A_DAY = "two entries are of %(day)s: make them one"
    AFTER_THE_MEETING = "%(name)s (%(day)s) is after the meeting (%(held_on)s)"
