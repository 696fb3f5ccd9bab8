"""Find the small numbers in a report's figures, and hide or join them with those that would give them away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import filterfalse
from typing import Literal

from babel.numbers import format_decimal

from models.rules.count_table import CountTable, Place, small_places
from models.rules.joined_numbers import Merged, merge
from models.rules.known_sums import Sum, span_of
from models.rules.small_numbers import guarded_places, hidden_places, unproved
from tasks.papers.report_figures import FigureRow, FigureTable
from tasks.papers.told_numbers import NumbersAround, OtherPeriod, Shown, Told, counts_of, leaves_of
from tasks.wording.words import Speaker, capitalised

HIDDEN = "*"
Choice = Literal["hide", "merge", "send"]
CHOICES: tuple[Choice, ...] = ("hide", "merge", "send")
# The table of all numbers of people that are no part of a breakdown.
PEOPLE = "people"
# The table of those of them that do not add up over periods: no difference of quarters gives one away.
STANDING = "people-standing"


@dataclass(frozen=True, slots=True)
class SmallTable:
    """A table of people with small numbers: each as "Persons under 20, quarter 1 2010: 1".

    They are its own, and those of other periods, or of its own before a correction, that it would give away; `cells`
    are their rows' keys and periods. `partners` would give one of them away, and
    are hidden with them; `told` stand in a document that was made before, and `exposed` follow from it whatever is
    hidden here; `joins` says whether joining periods helps.
    """

    key: str
    title: str
    small: tuple[str, ...]
    partners: tuple[str, ...]
    told: tuple[str, ...]
    exposed: tuple[str, ...]
    joins: bool = True
    cells: tuple[Shown, ...] = ()

    @property
    def asks(self) -> bool:
        """Whether there is something to choose: a small number that nobody was told yet."""
        return bool(self.small)


@dataclass(frozen=True, slots=True)
class Treated:
    """What a document prints: its tables, what of people it tells, whether some numbers are not, and what was done.

    `choices` is "hide" of a table whose periods were to be joined, where that does not help.
    """

    tables: tuple[FigureTable, ...]
    told: Told
    hides: bool
    choices: Mapping[str, Choice]


class PeopleFigures:
    """A document's figures by period, those about people as tables of their own.

    `told` is what of people other documents tell that have left, `others` the periods that only they have.
    """

    def __init__(
        self,
        figures: Sequence[FigureRow],
        periods: Mapping[str, str],
        threshold: int,
        told: Iterable[Told],
        others: Sequence[OtherPeriod] = (),
    ) -> None:
        self._figures, self._threshold, self._others = figures, threshold, others
        self._keys, self._names = [*periods], tuple(periods.values())
        self._told = [*told]
        self._families = [*_families(figures)]

    def flagged(self, say: Speaker) -> tuple[SmallTable, ...]:
        """Return the tables with small numbers, for a person to choose about."""
        found = []
        for key, rows in self._families:
            around = self._around(rows)
            table, told, others = around.table, around.told, around.others
            own = small_places(table, self._threshold)
            span = span_of(told)
            known = {place for place in own if told and span.holds(table.sum_at(place))}
            guarded = guarded_places(table, self._threshold, told, others)
            small = (own - known) | unproved(table, guarded, frozenset(), told, others)
            if not small and not known:
                continue
            hidden = hidden_places(table, self._threshold, told, others)
            exposed = unproved(table, (hidden | small) - known, hidden, told, others)
            found.append(
                SmallTable(
                    key,
                    _title(say, key, rows),
                    self._named(say, rows, around, small),
                    self._named(say, rows, around, hidden - small),
                    self._named(say, rows, around, known),
                    self._named(say, rows, around, exposed & small),
                    self._merged(table, told, others) is not None,
                    tuple((rows[row].key, self._periods_at(around, column)) for row, column in sorted(small)),
                )
            )
        return tuple(found)

    def treat(self, say: Speaker, choices: Mapping[str, Choice]) -> Treated:
        """Return the figures as the document prints them; a table that is not chosen about is sent as it is."""
        changed: dict[str, FigureRow] = {}
        joined: list[FigureTable] = []
        done: dict[str, Choice] = {}
        shown: list[Shown] = []
        for key, rows in self._families:
            around = self._around(rows)
            table, told, others = around.table, around.told, around.others
            choice = choices.get(key, "send")
            merged = self._merged(table, told, others) if choice == "merge" else None
            if choice == "merge" and merged is None:
                choice = "hide"
            if key in choices:
                done[key] = choice
            if merged is not None:
                made = self._joined(say, rows, merged)
                joined.append(made)
                changed |= {row.key: row for row in made.rows}
                shown += self._shown(rows, merged.table, frozenset(), merged.columns)
                continue
            hides = choice != "send"
            hidden = hidden_places(table, self._threshold, told, others) if hides else frozenset()
            changed |= {row.key: _without(row, hidden, at) for at, row in enumerate(rows)}
            shown += self._shown(rows, table, hidden, [(one,) for one in range(len(self._keys))])
        apart = {row.key for table in joined for row in table.rows}
        plain = tuple(changed.get(row.key, row) for row in self._figures if row.key not in apart)
        tables = ([FigureTable(self._names, plain)] if plain else []) + joined
        hides = any(HIDDEN in (*row.cells, row.total) for row in changed.values())
        numbers = {
            row.key: dict(zip(self._keys, counts_of(row), strict=True))
            for _, rows in self._families
            for row in rows
        }
        return Treated(tuple(tables), Told(tuple(shown), numbers), hides, done)

    def _merged(self, table: CountTable, told: Sequence[Sum], others: Mapping[Place, int]) -> Merged | None:
        """Return the table with its periods joined; None where they do not add up, or joining leaves a small number."""
        if not table.column_of_totals:
            return None
        merged = merge(table, self._threshold, told, others)
        return merged if len(merged.columns) < len(self._keys) else None

    def _around(self, rows: Sequence[FigureRow]) -> NumbersAround:
        return NumbersAround(rows, self._counts(rows), self._keys, self._others, self._told)

    def _counts(self, rows: Sequence[FigureRow]) -> CountTable:
        """Return the rows' numbers by period, with a total where they add up; what nobody gave counts as none.

        The last row is a total of the others where it says so, and they add up to it in every period or in most.
        """
        numbers = [counts_of(row) for row in rows]
        sums = [sum(column[:-1]) == column[-1] for column in zip(*numbers, strict=True)]
        leaves = leaves_of(rows)
        whole = bool(rows[-1].adds) and not leaves
        adds = _adds_up(rows)
        cells = tuple((*line, sum(line)) if adds else tuple(line) for line in numbers)
        titles = tuple(row.title for row in rows)
        return CountTable(
            titles,
            (*self._names, "") if adds else self._names,
            cells,
            column_of_totals=adds,
            row_of_totals=whole and all(sums),
            whole_columns=bool(leaves) or (whole and not all(sums)),
            leaves=leaves,
        )

    def _shown(
        self,
        rows: Sequence[FigureRow],
        table: CountTable,
        hidden: frozenset[Place],
        columns: Sequence[tuple[int, ...]],
    ) -> Iterator[Shown]:
        every = tuple(self._keys)
        for at, row in enumerate(rows):
            for column in range(len(table.columns)):
                if (at, column) not in hidden:
                    last = column == len(columns)
                    yield row.key, every if last else tuple(self._keys[one] for one in columns[column])

    def _named(
        self, say: Speaker, rows: Sequence[FigureRow], around: NumbersAround, places: Iterable[Place]
    ) -> tuple[str, ...]:
        names = dict(zip(self._keys, self._names, strict=True)) | {one.key: one.name for one in self._others}
        heads = [*self._names, say.gettext("in all")]
        for one in around.columns:
            first, last = (names.get(period, period) for period in (one.periods[0], one.periods[-1]))
            name = first if first == last else say.gettext("%(first)s to %(last)s", first=first, last=last)
            heads.append(say.gettext("%(period)s, before it was corrected", period=name) if one.old else name)

        def written(row: int, column: int) -> str:
            if column < len(self._keys):
                return _written(say, rows[row].values[column])
            return _written(say, around.others.get((row, column)) or around.table.at((row, column)))

        return tuple(
            f"{rows[row].title}, {heads[column]}: {written(row, column)}" for row, column in sorted(places)
        )

    def _periods_at(self, around: NumbersAround, column: int) -> tuple[str, ...]:
        if column < len(self._keys):
            return (self._keys[column],)
        behind = column - len(self._keys) - 1
        return around.columns[behind].periods if behind >= 0 else tuple(self._keys)

    def _joined(self, say: Speaker, rows: Sequence[FigureRow], merged: Merged) -> FigureTable:
        heads = [
            self._names[own[0]]
            if len(own) == 1
            else say.gettext("%(first)s to %(last)s", first=self._names[own[0]], last=self._names[own[-1]])
            for own in merged.columns
        ]
        made = []
        for at, row in enumerate(rows):
            numbers = [merged.table.at((at, column)) for column in range(len(heads))]
            values = tuple(Decimal(number or 0) for number in numbers)
            made.append(replace(row, cells=tuple(_written(say, number) for number in numbers), values=values))
        return FigureTable(tuple(heads), tuple(sorted(made, key=lambda row: row.part)))


def _families(figures: Sequence[FigureRow]) -> Iterator[tuple[str, list[FigureRow]]]:
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


def _title(say: Speaker, key: str, rows: Sequence[FigureRow]) -> str:
    if key == PEOPLE:
        return say.gettext("Numbers of people")
    if key == STANDING:
        return say.gettext("Numbers of people that are not added up")
    return capitalised(rows[-1].title)


def _written(say: Speaker, number: Decimal | int | None) -> str:
    return str(format_decimal(number or 0, locale=say.locale))


def _sums(row: FigureRow) -> bool:
    return row.over_periods == "sum"


def _adds_up(rows: Sequence[FigureRow]) -> bool:
    """Return whether the rows' totals are sums of their periods; a table's rows are alike in that."""
    return all(_sums(row) for row in rows)


def _without(row: FigureRow, hidden: frozenset[Place], at: int) -> FigureRow:
    """Return the row with its hidden cells hidden, and with them a total that says one of them again."""
    total = {len(row.cells), *row.repeated}
    return replace(
        row,
        cells=tuple(HIDDEN if (at, one) in hidden else cell for one, cell in enumerate(row.cells)),
        values=tuple(None if (at, one) in hidden else value for one, value in enumerate(row.values)),
        total=HIDDEN if any((at, one) in hidden for one in total) else row.total,
    )
