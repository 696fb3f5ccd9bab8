"""Find the small numbers in a report's figures, and hide or join them with those that would give them away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from babel.numbers import format_decimal

from models.rules.count_table import CountTable, Place
from models.rules.joined_numbers import Merged
from tasks.papers.family_numbers import FamilyNumbers, counted
from tasks.papers.people_tables import people_tables, table_title, with_repeated
from tasks.papers.report_figures import NOTHING, FigureRow, FigureTable
from tasks.papers.said_again import Shown
from tasks.papers.told_numbers import NumbersAround, OtherPeriod, Told, counts_of, said_again_in
from tasks.wording.words import Speaker

HIDDEN = "*"
Choice = Literal["hide", "merge", "send"]
CHOICES: tuple[Choice, ...] = ("hide", "merge", "send")


@dataclass(frozen=True, slots=True)
class SmallTable:
    """A table of people with small numbers: each as "Persons under 20, quarter 1 2010: 1".

    They are its own, and those of other periods, or of its own before a correction, that it would give away; `cells`
    are their rows' keys and periods, `values` their numbers in the same order. `partners` would give one of them
    away, and are hidden with them; `told` stand in a document that was made before, and `exposed` follow from it
    whatever is hidden here; `joins` says whether joining periods helps.
    """

    key: str
    title: str
    small: tuple[str, ...]
    partners: tuple[str, ...]
    told: tuple[str, ...]
    exposed: tuple[str, ...]
    joins: bool = True
    cells: tuple[Shown, ...] = ()
    values: tuple[int, ...] = ()

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


@dataclass(frozen=True, slots=True)
class _Printed:
    """A table as it is printed: its hidden cells, or its joined periods, and the rows that would tell of them."""

    rows: Sequence[FigureRow]
    table: CountTable
    hidden: frozenset[Place]
    merged: Merged | None
    tells: frozenset[str]

    def hidden_with(self, bare: frozenset[str]) -> frozenset[Place]:
        """Return the hidden cells when some rows are hidden whole, noughts too: those of a breakdown with all of it."""
        rows = {at for at, row in enumerate(self.rows) if row.key in bare}
        if rows and any(row.adds for row in self.rows):
            rows = {*range(len(self.rows))}
        table = self.merged.table if self.merged is not None else self.table
        return self.hidden | {place for place in table.places() if place[0] in rows}


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
        figures = [*with_repeated(figures)]
        self._figures, self._threshold, self._others = figures, threshold, others
        self._keys, self._names = [*periods], tuple(periods.values())
        self._again = said_again_in(figures, self._keys, others)
        self._told = [replace(one, again=self._again.ways(one.shown, one.numbers)) for one in told]
        self._families = [self._family(key, rows) for key, rows in people_tables(figures)]

    def _family(self, key: str, rows: Sequence[FigureRow]) -> FamilyNumbers:
        around = NumbersAround(rows, counted(rows, self._names), self._keys, self._others, self._told)
        around.hold(self._again.every())
        again = (
            (one, self._again.ways((one, (period,)) for period in self._keys))
            for one in sorted(self._again.keys)
        )
        return FamilyNumbers(key, rows, around, self._threshold, again)

    def flagged(self, say: Speaker) -> tuple[SmallTable, ...]:
        """Return the tables with small numbers, for a person to choose about."""
        return tuple(
            SmallTable(
                one.key,
                table_title(say, one.key, one.rows),
                self._named(say, one, one.small),
                self._partners(say, one),
                self._named(say, one, one.known),
                self._named(say, one, one.exposed),
                one.merged is not None,
                tuple(
                    (one.rows[row].key, self._periods_at(one, column)) for row, column in sorted(one.small)
                ),
                tuple(int(self._number(one, place) or 0) for place in sorted(one.small)),
            )
            for one in self._families
            if one.small or one.known
        )

    def treat(self, say: Speaker, choices: Mapping[str, Choice]) -> Treated:
        """Return the figures as the document prints them; a table that is not chosen about is sent as it is."""
        done: dict[str, Choice] = {}
        made: list[_Printed] = []
        for one in self._families:
            choice = choices.get(one.key, "send")
            merged = one.merged if choice == "merge" else None
            if choice == "merge" and merged is None:
                choice = "hide"
            if one.key in choices:
                done[one.key] = choice
            hidden = one.hidden if choice == "hide" else frozenset[Place]()
            tells = one.tellers(merged) if choice != "send" else ()
            made.append(_Printed(one.rows, one.table, hidden, merged, frozenset(tells)))
        return self._printed(say, made, done)

    def _printed(self, say: Speaker, made: Iterable[_Printed], done: Mapping[str, Choice]) -> Treated:
        """Return the figures with the tables as they are made, and without the rows that would tell what they hide."""
        changed: dict[str, FigureRow] = {}
        joined: list[FigureTable] = []
        shown: list[Shown] = []
        made = [*made]
        bare = self._bare(made)
        for one in made:
            hidden = one.hidden_with(bare)
            if one.merged is not None:
                joined.append(self._joined(say, one.rows, one.merged, hidden))
                changed |= {row.key: row for row in joined[-1].rows}
                shown += self._shown(one.rows, one.merged.table, hidden, one.merged.columns)
                continue
            changed |= {row.key: _without(row, hidden, at) for at, row in enumerate(one.rows)}
            shown += self._shown(one.rows, one.table, hidden, [(at,) for at in range(len(self._keys))])
        apart = {row.key for table in joined for row in table.rows}
        plain = tuple(changed.get(row.key, row) for row in self._figures if row.key not in apart)
        tables = ([FigureTable(self._names, plain)] if plain else []) + joined
        hides = any(HIDDEN in (*row.cells, row.total) for row in changed.values())
        numbers = {row.key: self._numbers(row) for row in self._figures if row.key in changed}
        return Treated(tuple(tables), Told(tuple(shown), numbers), hides, done)

    def _numbers(self, row: FigureRow) -> dict[str, int]:
        """Return a row's numbers by period: those of the document, and of all where a sum of them may be said again."""
        others = {one.key: one.numbers.get(row.key, 0) for one in self._others} if self._again.keys else {}
        return others | dict(zip(self._keys, counts_of(row), strict=True))

    def _bare(self, made: Iterable[_Printed]) -> frozenset[str]:
        """Return the rows that are hidden whole: those that tell, or are hidden in part and say another's sum again."""
        tells = frozenset[str]().union(*(one.tells for one in made))
        part = {one.rows[row].key for one in made for row, _ in one.hidden}
        return tells | (part & self._again.keys)

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

    def _named(self, say: Speaker, family: FamilyNumbers, places: Iterable[Place]) -> tuple[str, ...]:
        rows, around = family.rows, family.around
        names = dict(zip(self._keys, self._names, strict=True)) | {one.key: one.name for one in self._others}
        heads = [*self._names, say.gettext("in all")]
        for one in around.columns:
            first, last = (names.get(period, period) for period in (one.periods[0], one.periods[-1]))
            name = first if first == last else say.periods(first, last)
            heads.append(say.gettext("%(period)s, before it was corrected", period=name) if one.old else name)

        def title(row: int, column: int) -> str:
            behind = column - len(self._keys) - 1
            return (around.columns[behind].title if behind >= 0 else "") or rows[row].title

        return tuple(
            f"{title(row, column)}, {heads[column]}: {_written(say, self._number(family, (row, column)))}"
            for row, column in sorted(places)
        )

    def _number(self, family: FamilyNumbers, place: Place) -> Decimal | int | None:
        row, column = place
        if column < len(self._keys):
            return family.rows[row].values[column]
        return family.around.others.get(place) or family.around.table.at(place)

    def _partners(self, say: Speaker, family: FamilyNumbers) -> tuple[str, ...]:
        """Return by name what is hidden with the small numbers, also in rows that say a sum again."""
        part = {family.rows[row].key for row, _ in family.hidden}
        bare = family.tellers() | (self._again.keys & part)
        whole = (
            f"{row.title}, {name}: {_written(say, value)}"
            for row in self._figures
            if row.key in bare
            for name, value in zip(self._names, row.values, strict=True)
            if value
        )
        named = dict.fromkeys((*self._named(say, family, family.hidden), *whole))
        small = self._named(say, family, family.small)
        return tuple(one for one in named if one not in small)

    def _periods_at(self, family: FamilyNumbers, column: int) -> tuple[str, ...]:
        if column < len(self._keys):
            return (self._keys[column],)
        behind = column - len(self._keys) - 1
        return family.around.columns[behind].periods if behind >= 0 else tuple(self._keys)

    def _joined(
        self, say: Speaker, rows: Sequence[FigureRow], merged: Merged, hidden: frozenset[Place]
    ) -> FigureTable:
        heads = [
            self._names[own[0]] if len(own) == 1 else say.periods(self._names[own[0]], self._names[own[-1]])
            for own in merged.columns
        ]
        made = []
        for at, row in enumerate(rows):
            numbers = [merged.table.at((at, column)) for column in range(len(heads))]
            values = tuple(Decimal(number or 0) for number in numbers)
            cells = tuple(_written(say, number) for number in numbers)
            made.append(_without(replace(row, cells=cells, values=values), hidden, at))
        return FigureTable(tuple(heads), tuple(sorted(made, key=lambda row: row.part)))


def _written(say: Speaker, number: Decimal | int | None) -> str:
    return str(format_decimal(number or 0, locale=say.locale))


def _without(row: FigureRow, hidden: frozenset[Place], at: int) -> FigureRow:
    """Return the row with its hidden cells hidden, and with them a total that says one of them again."""
    total = {len(row.cells), *row.repeated}
    return replace(
        row,
        cells=tuple(
            HIDDEN if (at, one) in hidden and cell != NOTHING else cell for one, cell in enumerate(row.cells)
        ),
        values=tuple(None if (at, one) in hidden else value for one, value in enumerate(row.values)),
        total=HIDDEN if row.total != NOTHING and any((at, one) in hidden for one in total) else row.total,
    )
