"""Find the small numbers in a report's figures, and hide or join them with those that would give them away."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from babel.numbers import format_decimal

from tasks.documents.facts.people_cells import OtherPeriod, PeopleCells, SmallSum, Told, counts_of
from tasks.documents.facts.people_tables import people_tables, table_title, with_repeated
from tasks.documents.facts.repeated import Shown
from tasks.documents.facts.report import NOTHING, FigureRow, FigureTable
from tasks.documents.facts.treated_people import Choice, Columns, PeopleTable, TreatedPeople
from tasks.wording.words import Speaker

HIDDEN = "*"


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


class PeopleFigures:
    """A document's figures by period, those about people as tables of their own.

    `told` is what of people other documents tell that have left, `others` the periods that only they have, and
    `every` all rows of the grant's figures: how those that this document lacks hang together with its own.
    """

    def __init__(
        self,
        figures: Sequence[FigureRow],
        periods: Mapping[str, str],
        threshold: int,
        told: Iterable[Told],
        others: Sequence[OtherPeriod] = (),
        every: Sequence[FigureRow] = (),
    ) -> None:
        # Also what says numbers of people again that this document lacks.
        whole = with_repeated([*({row.key: row for row in (*every, *figures)}.values())])
        people = {row.key: row for row in whole if row.sensitive}
        self._figures = [replace(row, sensitive=row.key in people) for row in figures]
        self._keys, self._names = [*periods], tuple(periods.values())
        self._periods = {**periods} | {one.key: one.name for one in others}
        tables = [*people_tables(self._figures)]
        own = {row.key for _, listed in tables for row in listed}
        # With all that they add up, also what this document lacks.
        rows = {row.key: row for row in self._figures if row.key in own}
        elsewhere = {key: replace(row, values=()) for key, row in people.items()}
        self._cells = PeopleCells(rows | (elsewhere | rows), self._keys, others, told, threshold)
        self._people = TreatedPeople(tables, self._keys, self._cells, threshold)

    def flagged(self, say: Speaker) -> tuple[SmallTable, ...]:
        """Return the tables with small numbers, for a person to choose about."""
        people = self._people
        asking = [table.key for table in people.asking()]
        found = []
        for table in people.tables:
            small, known = people.small(table), people.known(table)
            if small or known:
                found.append(
                    SmallTable(
                        table.key,
                        table_title(say, table.key, table.rows),
                        self._named(say, small),
                        tuple(self._partners(say, table, asking)) if small else (),
                        self._named(say, known),
                        self._named(say, people.exposed(table)),
                        people.joins(table),
                        tuple(part for one in small for part in one.parts),
                        tuple(one.number for one in small),
                    )
                )
        return tuple(found)

    def treat(self, say: Speaker, choices: Mapping[str, Choice]) -> Treated:
        """Return the figures as the document prints them; a table that is not chosen about is sent as it is."""
        people, made = self._people, self._people.made(choices)
        changed: dict[str, FigureRow] = {}
        joined: list[FigureTable] = []
        shown: dict[Shown, None] = {}
        for table in people.tables:
            rows = []
            for row in table.rows:
                columns = people.columns(table, row, made.joined)
                hidden = frozenset(one for one in columns if people.sum_of(row, one) in made.withheld)
                periods = (tuple(self._keys[at] for at in one) for one in columns if one not in hidden)
                shown |= dict.fromkeys((row.key, one) for one in periods)
                if table.joined and table.key in made.joined:
                    rows.append(_without(_joined(say, row, table.joined), table.joined, hidden))
                else:
                    changed[row.key] = _without(row, columns[: len(self._keys)], hidden)
            if rows:
                heads = tuple(self._name(say, [self._keys[at] for at in own]) for own in table.joined or ())
                joined.append(FigureTable(heads, tuple(sorted(rows, key=lambda row: row.part))))
        done = {
            key: "hide" if choice == "merge" and key not in made.joined else choice
            for key, choice in choices.items()
            if key in {table.key for table in people.tables}
        }
        return self._treated(changed, joined, tuple(shown), done)

    def _treated(
        self,
        changed: Mapping[str, FigureRow],
        joined: Sequence[FigureTable],
        shown: tuple[Shown, ...],
        done: Mapping[str, Choice],
    ) -> Treated:
        apart = {row.key for table in joined for row in table.rows}
        plain = tuple(changed.get(row.key, row) for row in self._figures if row.key not in apart)
        tables = ([FigureTable(self._names, plain)] if plain else []) + [*joined]
        rows = (*changed.values(), *(row for table in joined for row in table.rows))
        hides = any(HIDDEN in (*row.cells, row.total) for row in rows)
        return Treated(tuple(tables), Told(shown, self._numbers()), hides, done)

    def _numbers(self) -> dict[str, dict[str, int | None]]:
        """Return the rows' numbers by period: the document's, and all where a sum of them may be said again."""
        rows = self._cells.rows
        again = any(row.again for row in rows.values())
        periods = self._cells.periods if again else self._keys
        return {key: {period: self._cells.now(key, period) for period in periods} for key in rows}

    def _partners(self, say: Speaker, table: PeopleTable, asking: Sequence[str]) -> Iterator[str]:
        """Yield what is hidden with a table's small numbers: of its own rows, and of tables that ask nothing."""
        withheld = self._people.made(dict.fromkeys(asking, "hide")).withheld
        small = {one.cells for one in self._people.small(table)}
        for other in self._people.tables:
            if other is table or (other.key not in asking and table.key == asking[0]):
                for row in other.rows:
                    for column in self._people.columns(other, row):
                        cells = self._people.sum_of(row, column)
                        if cells in withheld and cells not in small:
                            periods = tuple(self._keys[at] for at in column)
                            part = SmallSum(cells, self._cells.number(cells), ((row.key, periods),))
                            yield from self._named(say, [part])

    def _named(self, say: Speaker, sums: Iterable[SmallSum]) -> tuple[str, ...]:
        """Return each as "Persons under 20, quarter 1 2010: 1"."""
        return tuple(
            f"{' + '.join(self._cells.rows[key].title for key in one.keys)},"
            f" {self._when(say, one)}: {_written(say, self._number(one))}"
            for one in sums
        )

    def _when(self, say: Speaker, one: SmallSum) -> str:
        if [*one.periods] == self._keys and len(self._keys) > 1:
            return say.gettext("in all")
        name = self._name(say, one.periods)
        return say.gettext("%(period)s, before it was corrected", period=name) if one.old else name

    def _name(self, say: Speaker, periods: Sequence[str]) -> str:
        names = [self._periods.get(period, period) for period in periods]
        first = self._keys.index(periods[0]) if periods[0] in self._keys else 0
        if len(names) > 1 and [*periods] == self._keys[first : first + len(periods)]:
            return say.periods(names[0], names[-1])
        return say.listed(names)

    def _number(self, one: SmallSum) -> Decimal | int:
        """Return what the sum comes to, as it was answered where it is one answer of the document's own."""
        (key, periods), *rest = one.parts
        if rest or len(periods) > 1 or one.old or periods[0] not in self._keys:
            return one.number
        return self._cells.rows[key].values[self._keys.index(periods[0])] or 0


def _written(say: Speaker, number: Decimal | int) -> str:
    return str(format_decimal(number, locale=say.locale))


def _joined(say: Speaker, row: FigureRow, columns: Columns) -> FigureRow:
    """Return the row with a number for each of the columns."""
    counts = counts_of(row)
    given = ([number for at in own if (number := counts[at]) is not None] for own in columns)
    values = tuple(Decimal(sum(numbers)) if numbers else None for numbers in given)
    cells = tuple(NOTHING if value is None else _written(say, value) for value in values)
    return replace(row, cells=cells, values=values)


def _without(row: FigureRow, columns: Columns, hidden: Collection[tuple[int, ...]]) -> FigureRow:
    """Return the row with its hidden cells hidden, and with them a total that says one of them again."""
    cells = tuple(
        HIDDEN if own in hidden and cell != NOTHING else cell
        for own, cell in zip(columns, row.cells, strict=True)
    )
    values = tuple(None if own in hidden else value for own, value in zip(columns, row.values, strict=True))
    again = {columns[at] for at in row.repeated} | ({tuple(one for own in columns for one in own)})
    total = HIDDEN if row.total != NOTHING and again & {*hidden} else row.total
    return replace(row, cells=cells, values=values, total=total)
