"""The columns of the sheets that an import takes, and how a heading is compared with the names of one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Reads = Literal[
    "text", "day", "sum", "yes_no", "whole", "word", "person", "organisation", "programme", "period"
]
# Behind a heading: what its numbers are in, which is not part of its name.
_UNIT = re.compile(r"[\[(]?\b(tkr|kkr|mkr|mnkr|kr|sek|kronor)\b\.?[\])]?\s*$", re.IGNORECASE)
_THOUSANDS = re.compile(r"\b(?:tkr|kkr|mkr|mnkr)\b", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"\s*\([^()]*\)\s*$")
_SCALES = {"tkr": 1_000, "kkr": 1_000, "mkr": 1_000_000, "mnkr": 1_000_000}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the field that it fills, what its cells are, its Swedish heading, and others."""

    field: str
    reads: Reads
    swedish: str
    names: tuple[str, ...] = ()
    needed: bool = False

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


def thousands_in(text: str) -> str:
    """Return the unit of thousands or more that a title or a note names: "Obs! Belopp i tkr." is "tkr"."""
    unit = _THOUSANDS.search(text)
    return unit[0].casefold() if unit else ""


def date_key(text: str) -> str:
    """Return a heading about a day as it is compared: "Slutrapport senast" is "sista dag för slutrapporten"."""
    key = heading_key(text)
    for word in ("sistadagför", "sistadagenför", "sistadag", "senast", "lastdayfor", "lastdayto", "datum"):
        key = key.replace(word, "")
    return key.removesuffix("en") or heading_key(text)


def field_of(shape: SheetShape, heading: str) -> Column | None:
    """Return the column that a heading names; None if it names none."""
    columns = _columns_by_key(shape)
    return next((columns[key] for key in _keys_of(heading) if key in columns), None)


# A sheet's headings are compared with every kind of sheet, and row by row until a header is found.
@lru_cache(maxsize=128)
def _keys_of(heading: str) -> tuple[str, ...]:
    # What stands behind a heading in brackets explains it: "Handläggare (e-post)".
    whole, bare = heading_key(heading), heading_key(_IN_BRACKETS.sub("", heading))
    return tuple(key for key in dict.fromkeys((whole, bare)) if key)


@lru_cache(maxsize=64)
def _columns_by_key(shape: SheetShape) -> dict[str, Column]:
    """Return the columns by every heading by which they are known; the first one where two share it."""
    known: dict[str, Column] = {}
    for column in shape.columns:
        for name in (column.field, column.swedish, *column.names):
            known.setdefault(heading_key(name), column)
    return known


def headings_of(fields: Iterable[str], shape: SheetShape) -> list[str]:
    """Return the Swedish and English names of fields, as a message lists them."""
    by_field = {column.field: column for column in shape.columns}
    return [f"{by_field[field].swedish} ({field})" for field in fields]
