"""Sort a report's numbers of people into tables: a breakdown with what it is of, and what stands alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import filterfalse

from tasks.documents.facts.report import FigureRow, of_people
from tasks.wording.words import Speaker, capitalised

# The table of all numbers of people that are no part of a breakdown.
PEOPLE = "people"
# The table of those of them that do not add up over periods: no difference of quarters gives one away.
STANDING = "people-standing"


def with_repeated(figures: Sequence[FigureRow]) -> Iterator[FigureRow]:
    """Yield the rows, with those as numbers of people that say such ones again or are said again by such ones."""
    people = of_people(figures)
    again = {
        row.key: {key for ways in row.again.values() for way in ways for key, _ in way} for row in figures
    }
    tied = frozenset[str]().union(*(({key} if said else set()) | said for key, said in again.items()))
    for row in figures:
        yield replace(row, sensitive=row.sensitive or row.key in people & tied)


def people_tables(figures: Sequence[FigureRow]) -> Iterator[tuple[str, list[FigureRow]]]:
    """Yield the tables of people by key: rows of which some are sums of others, then what stands alone."""
    by_key = {row.key: row for row in figures}
    whole = {row.key: tuple(way for way in row.adds if by_key.keys() >= {*way}) for row in figures}
    linked: list[set[str]] = []
    for key, ways in whole.items():
        for way in ways:
            near = [group for group in linked if group & {key, *way}]
            linked = [group for group in linked if group not in near] + [{key, *way}.union(*near)]
    taken: set[str] = set()
    for group in linked:
        if any(by_key[key].sensitive for key in group):
            taken |= group
            yield _family([replace(row, adds=whole[row.key]) for row in figures if row.key in group])
    alone = [replace(row, adds=()) for row in figures if row.sensitive and row.key not in taken]
    for key, listed in ((PEOPLE, [*filter(_sums, alone)]), (STANDING, [*filterfalse(_sums, alone)])):
        if listed:
            yield key, listed


def _family(rows: Sequence[FigureRow]) -> tuple[str, list[FigureRow]]:
    """Return the rows with the one last that is no part of another, and its key."""
    parts = {key for row in rows for way in row.adds for key in way}
    wholes = [row for row in rows if row.adds]
    last = next((row for row in wholes if row.key not in parts), wholes[0])
    return last.key, [*(row for row in rows if row is not last), last]


def table_title(say: Speaker, key: str, rows: Sequence[FigureRow]) -> str:
    if key == PEOPLE:
        return say.gettext("Numbers of people")
    if key == STANDING:
        return say.gettext("Numbers of people that are not added up")
    return capitalised(rows[-1].title)


def _sums(row: FigureRow) -> bool:
    return row.over_periods == "sum"


def adds_up(rows: Sequence[FigureRow]) -> bool:
    """Return whether the rows' totals are sums of their periods; a table's rows are alike in that."""
    return all(_sums(row) for row in rows)
