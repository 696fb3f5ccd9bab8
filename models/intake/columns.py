"""The columns of the sheets that an import takes, and how a heading is compared with the names of one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Reads = Literal[
    "text", "day", "sum", "yes_no", "whole", "word", "person", "organisation", "programme", "period"
]
# Behind a heading: what its numbers are in, which is not part of its name.
_UNIT = re.compile(r"[\[(]?\b(tkr|kkr|mkr|mnkr|kr|sek|kronor)\b\.?[\])]?\s*$", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"\s*\([^()]*\)\s*$")
_SCALES = {"tkr": 1_000, "kkr": 1_000, "mkr": 1_000_000, "mnkr": 1_000_000}
_NEAR = 72  # of 100: how alike an unknown heading must be to a known one to be named with it


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the field that it fills, what its cells are, and its names, of which the first is written."""

    field: str
    reads: Reads
    swedish: tuple[str, ...]
    english: tuple[str, ...] = ()
    needed: bool = False

    def heading(self, language: str) -> str:
        """Return the heading as an empty workbook has it."""
        name = (self.english if language == "en" else self.swedish)[0]
        return name[:1].upper() + name[1:]

    @property
    def is_sum(self) -> bool:
        """Whether its cells are sums of money; an instalment's can be a share too, and are read as text."""
        return self.reads == "sum" or self.field == "instalments"


@dataclass(frozen=True, slots=True, eq=False)
class SheetShape:
    """A kind of sheet: its rows' kind, the sheet's name when written (Swedish, English), and its columns.

    There is one of each kind, so that what is made of its columns is found by itself.
    """

    kind: str
    titles: tuple[str, str]
    columns: tuple[Column, ...]

    @property
    def needed(self) -> tuple[str, ...]:
        """The fields without which it is not this kind of sheet."""
        return tuple(column.field for column in self.columns if column.needed)


def heading_key(text: str) -> str:
    """Return a heading as it is compared: without its unit, case, marks, spaces and line breaks."""
    bare = _UNIT.sub("", text.strip().rstrip(":*"))
    plain = unicodedata.normalize("NFC", bare or text).casefold()
    return "".join(sign for sign in plain if sign.isalnum())


def heading_scale(text: str) -> int:
    """Return by what a heading says that its sums are to be multiplied: "Belopp (tkr)" is 1,000."""
    return _SCALES.get(unit_of(text), 1)


def unit_of(text: str) -> str:
    """Return what a heading says that its numbers are in: "Belopp (tkr)" is "tkr"; empty where it says nothing."""
    unit = _UNIT.search(text.strip().rstrip(":*"))
    return unit[1].casefold() if unit else ""


def without_unit(text: str) -> str:
    """Return a heading without the unit behind it: "Kv 1 2026 (tkr)" is "Kv 1 2026"."""
    return _UNIT.sub("", text.strip().rstrip(":*")).strip()


def date_key(text: str) -> str:
    """Return a heading about a day as it is compared: "Slutrapport senast" is "sista dag för slutrapporten"."""
    key = heading_key(text)
    for word in ("sistadagför", "sistadagenför", "sistadag", "senast", "lastdayfor", "lastdayto", "datum"):
        key = key.replace(word, "")
    return key.removesuffix("en") or heading_key(text)


def field_of(shape: SheetShape, heading: str) -> Column | None:
    """Return the column that a heading names; None if it names none."""
    names = _names(shape)
    # What stands behind a heading in brackets explains it: "Handläggare (e-post)".
    keys = heading_key(heading), heading_key(_IN_BRACKETS.sub("", heading))
    return next((names[key][1] for key in keys if key in names), None)


@lru_cache(maxsize=64)
def _names(shape: SheetShape) -> Mapping[str, tuple[str, Column]]:
    """Return the columns by every name's key, each with the name; the first one where two share it."""
    known: dict[str, tuple[str, Column]] = {}
    for column in shape.columns:
        for name in (column.field, *column.swedish, *column.english):
            known.setdefault(heading_key(name), (name, column))
    return known


def nearest_heading(shape: SheetShape, heading: str) -> str:
    """Return the name of a column that is nearest to an unknown heading; empty where none is near."""
    # Only who meets an unknown heading waits for the library.
    from rapidfuzz import fuzz, process

    names = _names(shape)
    found = process.extractOne(heading_key(heading), names.keys(), scorer=fuzz.ratio, score_cutoff=_NEAR)
    return names[found[0]][0] if found else ""


def headings_of(fields: Iterable[str], shape: SheetShape) -> list[str]:
    """Return the written headings of fields, as a message lists them: in Swedish, the English behind them."""
    by_field = {column.field: column for column in shape.columns}
    return [f"{by_field[field].heading('sv')} ({by_field[field].heading('en')})" for field in fields]
