"""Find the header of an office's sheet, wherever it stands and in one row or two, and what its columns fill."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from models.intake.columns import (
    Column,
    SheetShape,
    field_of,
    heading_key,
    heading_scale,
    headings_of,
    without_unit,
)
from models.intake.headings import SHAPES
from models.reading.fields import DATE_NAME, Words
from models.reading.period import read_period
from models.sentence import Sentence
from tasks.files.spreadsheets import Cell, Sheet

_HEADER_WITHIN = 40
_OF_ANY_ACCOUNT = ("konto", "kontonummer", "account", "accountnumber")
_INSTALMENT_WORDS = ("instalment", "rat", "del", "delbetalning")
# Turns a heading into the name of a programme's date; None for one that is none.
DateOf = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of a table: what it fills, what its numbers are multiplied by, and what a heading adds to its field.

    `detail` is the period of a budget's sums, the name of a date, or the number of an instalment.
    """

    column: Column
    text: str
    scale: int = 1
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SheetHeader:
    """A sheet's header: its kind, its first and last row, and its columns by position: known, unread, there twice."""

    shape: SheetShape
    first: int
    last: int
    headings: Mapping[int, Heading]
    unread: Mapping[int, str]
    twice: Mapping[int, str]

    @property
    def width(self) -> int:
        """How many columns there are up to the last with a heading."""
        return max((*self.headings, *self.unread, *self.twice)) + 1

    @property
    def lacks(self) -> list[str]:
        """The fields without which it is no such sheet."""
        fields = {heading.column.field for heading in self.headings.values()}
        needed = (*self.shape.needed, "amount") if self.shape.kind == "budgets" else self.shape.needed
        named = {"key"} if self.by_name else set()
        return [field for field in needed if field not in fields | named]

    @property
    def by_name(self) -> bool:
        """Whether it lists organisations by their names alone: the name stands for the key, as in other sheets.

        What is listed with registration numbers, or with accounts to pay to, are organisations; what is called "Konto"
        or "Kontonummer" may be a chart of accounts.
        """
        headings = {heading.column.field: heading.text for heading in self.headings.values()}
        pays = heading_key(headings.get("account", "konto")) not in _OF_ANY_ACCOUNT
        listed = pays or "registration_number" in headings
        return self.shape.kind == "organisations" and "key" not in headings and listed


def filled_rows(sheet: Sheet) -> list[list[Cell]]:
    """Return the rows of the top with every cell of a merged range filled as its first."""
    rows = [list(row) for row in sheet.rows]
    for top, left, bottom, right in sheet.hidden.merged:
        value = cell_at(rows, top, left)
        if top < bottom and isinstance(value, int | float):
            continue  # a sum stands once, however many rows it spans
        for number in range(top, min(bottom + 1, len(rows))):
            row = rows[number]
            row.extend([None] * (min(right, 200) + 1 - len(row)))
            row[left : right + 1] = [value] * (len(row[left : right + 1]))
    return rows


def cell_at(rows: Sequence[Sequence[Cell]], row: int, column: int) -> Cell:
    """Return a cell of the rows; None beside and below them."""
    return rows[row][column] if row < len(rows) and column < len(rows[row]) else None


def find_header(rows: Sequence[Sequence[Cell]], date_of: DateOf) -> SheetHeader | None:
    """Return the header that names the most columns, of one row or two, from the first row that can begin one."""
    for number in range(min(_HEADER_WITHIN, len(rows))):
        if not any(_fits(rows, number, date_of)):
            continue
        # What begins here may be the title, with the header below it.
        found = [*_fits(rows, number, date_of), *_fits(rows, number + 1, date_of)]
        return max(
            found,
            key=lambda one: (
                len(one.headings) - len(one.twice),
                -len(one.unread),
                not one.by_name,
                one.first,
            ),
        )
    return None


def _fits(rows: Sequence[Sequence[Cell]], first: int, date_of: DateOf) -> Iterator[SheetHeader]:
    for last in (first, first + 1):
        if last < len(rows):
            for shape in SHAPES:
                header = _as_header(shape, rows, first, last, date_of)
                if not header.lacks:
                    yield header


def nearest_sheet(rows: Sequence[Sequence[Cell]], date_of: DateOf) -> str | Sentence:
    """Return which sheet it would be with which columns more; empty where none is near."""
    tried = (
        _as_header(shape, rows, number, number, date_of)
        for number in range(min(_HEADER_WITHIN, len(rows)))
        for shape in SHAPES
    )
    near = max(tried, key=lambda one: (len(one.headings), -len(one.lacks)), default=None)
    if near is None or len(near.headings) < 2:
        return ""
    swedish, _ = near.shape.titles
    return Sentence(
        "; for %(kind)s it lacks %(headings)s",
        kind=Words(sv=swedish.lower(), en=near.shape.kind),
        headings=", ".join(headings_of(near.lacks, near.shape)),
    )


def _as_header(
    shape: SheetShape, rows: Sequence[Sequence[Cell]], first: int, last: int, date_of: DateOf
) -> SheetHeader:
    headings: dict[int, Heading] = {}
    unread: dict[int, str] = {}
    twice: dict[int, str] = {}
    taken: dict[tuple[str, str], tuple[int, str]] = {}
    for position, texts in enumerate(_texts(rows, first, last)):
        if not texts:
            continue
        heading = next((one for text in texts if (one := _read(shape, text, date_of))), None)
        if heading is None:
            unread[position] = texts[0]
            continue
        key = (heading.column.field, heading.detail)
        if key not in taken:
            taken[key], headings[position] = (position, heading.text), heading
        elif heading_key(taken[key][1]) == heading_key(heading.text):
            twice[position] = heading.text
        else:
            unread[position] = texts[0]
    if shape.kind == "budgets" and any(heading.detail for heading in headings.values()):
        # Beside its parts, a sum of them is no line of the budget.
        for position in [
            at for at, one in headings.items() if one.column.field == "amount" and not one.detail
        ]:
            unread[position] = headings.pop(position).text
    return SheetHeader(shape, first, last, headings, unread, twice)


def _texts(rows: Sequence[Sequence[Cell]], first: int, last: int) -> Iterator[list[str]]:
    """Yield each column's heading: of two rows both together, then the lower alone, then the upper."""
    width = max(len(rows[first]), len(rows[last]))
    over = ""
    for position in range(width):
        upper, lower = (heading_text(cell_at(rows, number, position)) for number in (first, last))
        if first == last:
            yield [upper] if upper else []
            continue
        over = upper or over  # a merged heading stands over those after it
        listed = (
            [lower, upper] if upper == lower else [f"{over} {lower}".strip() if lower else "", lower, upper]
        )
        yield [text for text in dict.fromkeys(listed) if text]


def heading_text(cell: Cell) -> str:
    """Return what a heading's cell says, on one line."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None or isinstance(cell, bool) else " ".join(str(cell).split())


def _read(shape: SheetShape, text: str, date_of: DateOf) -> Heading | None:
    column = field_of(shape, text)
    if column is not None:
        return Heading(column, text, heading_scale(text))
    if shape.kind == "budgets":
        try:
            period = read_period(without_unit(text))
        except ValueError:
            return None
        return (
            Heading(Column("amount", "sum", "belopp"), text, heading_scale(text), period) if period else None
        )
    if shape.kind in ("grants", "decisions"):
        name = text.casefold() if DATE_NAME.match(text.casefold()) else date_of(text)
        if name is not None:
            return Heading(Column("dates", "day", "datum"), text, 1, name)
    words = text.casefold().split()
    if (
        shape.kind == "decisions"
        and len(words) == 2
        and words[0] in _INSTALMENT_WORDS
        and words[1].isdigit()
        and words[1].isascii()
    ):
        return Heading(Column("instalments", "text", "rat"), text, 1, str(int(words[1])))
    return None
