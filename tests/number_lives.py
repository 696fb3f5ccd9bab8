"""Live through a grant's documents by chance, and try to reckon from what they print the numbers that they hide."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from itertools import combinations

from tasks.documents.facts.people_cells import Told, periods_of
from tasks.documents.facts.people_tables import people_tables, with_repeated
from tasks.documents.facts.report import FigureRow, FigureTable
from tasks.documents.facts.small_figures import HIDDEN, PeopleFigures, SmallTable
from tasks.wording.words import speaker
from tests.made_numbers import Correction, Document, Life, Maker, Periods, Way
from tests.number_attacker import Knowledge, Number


@dataclass(frozen=True)
class Leak:
    """A number, or several together, that a reader can tell after a document and could not before."""

    document: int
    reader: str
    way: Way
    number: int
    exposed: tuple[str, ...]


class Attack:
    """Readers of every document that a life makes: one knows of a hidden number nothing, one that it is 1 or more."""

    def __init__(self, life: Life) -> None:
        self.life = life
        self.printed: list[tuple[FigureTable, ...]] = []
        self._told: list[Told] = []
        self._readers = {"doubting": Knowledge(), "trusting": Knowledge()}
        # A document's versions keep the numbers of all periods where some are said again in others.
        self._again = any(row.again for row in life.rows.values())
        self._asked: dict[frozenset[Number], tuple[Way, int]] = {}
        # What somebody was shown as small and sent: it is told to every later document's readers as well.
        self._sent: dict[frozenset[Number], int] = {}
        self._made = 0

    def leaks(self) -> Iterator[Leak]:
        """Let it all happen; yield what leaks."""
        self.life.settle()
        for event in self.life.events:
            if isinstance(event, Correction):
                self.life.answers[event.key, event.period] = event.number
                self.life.settle()
            else:
                yield from self._document(event)
                self._made += 1

    def _document(self, event: Document) -> Iterator[Leak]:
        life, say = self.life, speaker("en")
        whole, names = life.figures(range(life.width)), {f"q{at}": f"q{at}" for at in range(life.width)}
        own = {f"q{at}": f"q{at}" for at in event.periods}
        others = [one for one in periods_of(whole, names) if one.key not in own]
        figures = life.figures(event.periods)
        people = PeopleFigures(figures, own, life.threshold, self._told, others, whole)
        flagged = people.flagged(say)
        asking = [table.key for table in flagged if table.asks]
        choices = {key: event.choices[at % len(event.choices)] for at, key in enumerate(asking)}
        treated = people.treat(say, choices)
        self._told.append(treated.told)
        self.printed.append(treated.tables)
        sent = {key for key, choice in choices.items() if choice == "send"}
        yield from self._read(event, treated.tables, sent, flagged)

    def _read(
        self,
        event: Document,
        tables: Iterable[FigureTable],
        sent: set[str],
        flagged: Iterable[SmallTable],
    ) -> Iterator[Leak]:
        home = self._homes(event)
        rows = [(table, row) for table in tables for row in table.rows]
        periods = {*range(self.life.width)} if self._again else {*event.periods}
        asked = self._small(event.periods)
        self._asked |= {cells: one for cells, one in asked.items() if {at for _, at, _ in cells} <= periods}
        asked |= self._asked
        asked = {cells: one for cells, one in asked.items() if not home(one[0]) & sent}
        exposed = tuple(one for table in flagged for one in table.exposed)
        self._sent |= dict(
            one for small in flagged if small.key in sent for one in self._named(event, small.small)
        )
        for name, knows in self._readers.items():
            self._know_sums(knows, periods)
            after = knows.copy()
            self._know_sums(after, {*range(self.life.width)} - periods)
            before = after.copy()
            for cells, number in self._sent.items():
                before.learn(cells, number)
            for table, row in rows:
                if home(((row.key, event.periods),)) & sent:
                    self._know_row(before, event, table, row, name)
                for knowledge in (knows, after):
                    self._know_row(knowledge, event, table, row, name)
            found = after.told({one: one for one in asked})
            # A nought that is added to what is told tells of nobody.
            told = before.told({one: one for one in found})
            told |= before.told({one: frozenset(cell for cell in one if cell[2]) for one in found - told})
            for cells in found - told:
                yield Leak(self._made, name, *asked[cells], exposed)

    def _named(self, event: Document, small: Iterable[str]) -> Iterator[tuple[frozenset[Number], int]]:
        """Yield the small numbers that the page named, as it did: "x + y, q0 and q1: 3"."""
        for one in small:
            rows, when, number = re.findall(r"^(.*?), (.*): (\d+)$", one)[0]
            periods = tuple(int(at) for at in re.findall(r"q(\d+)", when)) or event.periods
            if " – " in when:
                periods = tuple(range(periods[0], periods[-1] + 1))
            cells = self.life.cells(tuple((key, periods) for key in rows.split(" + ")))
            if cells and _sum(cells) == int(number):
                yield cells, int(number)

    def _homes(self, event: Document) -> Callable[[Way], set[str]]:
        """Return how to tell which of the document's tables rows belong to, themselves or with what they add up to."""
        table = {row.key: key for key, rows in people_tables(self._of_people(event.periods)) for row in rows}
        groups: list[set[str]] = [{key} for key in self.life.rows]
        for key, row in self.life.rows.items():
            for way in row.adds:
                near = [group for group in groups if group & {key, *way}]
                groups = [group for group in groups if group not in near] + [set[str]().union(*near)]

        def home(way: Way) -> set[str]:
            keys = {key for key, _ in way}
            if keys <= table.keys():
                return {table[key] for key in keys}
            near = set[str]().union(*(group for group in groups if group & keys))
            return {table[key] for key in near if key in table}

        return home

    def _of_people(self, periods: Sequence[int]) -> list[FigureRow]:
        """Return the rows of these periods, with those as numbers of people that say such ones again."""
        every = with_repeated(self.life.figures(range(self.life.width)))
        people = {row.key for row in every if row.sensitive}
        return [replace(row, sensitive=row.key in people) for row in self.life.figures(periods)]

    def _small(self, own: Periods) -> dict[frozenset[Number], tuple[Way, int]]:
        """Return every small number as it is now, and each two to four that are small together."""
        life, single = self.life, [(at,) for at in range(self.life.width)]
        ways: list[Way] = []
        people = {row.key for row in self._of_people(range(life.width)) if row.sensitive}
        for key, row in ((key, row) for key, row in life.rows.items() if key in people):
            ways += [((key, at),) for at in (*single, own)[: None if row.how == "sum" else -1]]
            if row.how == "sum":
                ways += self._together([(key, at) for at in single])
            for way in row.adds:
                for at in (*single, own):
                    ways += self._together([(part, at) for part in way])
        found = ((life.cells(way), way, life.come_to(way)) for way in ways)
        return {cells: (way, number) for cells, way, number in found if cells and 0 < number < life.threshold}

    def _together(self, parts: Sequence[tuple[str, Periods]]) -> Iterator[Way]:
        few = [part for part in parts if 0 < self.life.come_to((part,)) < self.life.threshold]
        for size in (2, 3, 4):
            yield from combinations(few, size)

    def _know_sums(self, knows: Knowledge, periods: Set[int]) -> None:
        """Learn which of the periods' answers as they are now are sums of others."""
        life = self.life
        for (key, at), number in life.answers.items():
            if number is None or at not in periods:
                continue  # what is not answered is held to nothing, and nothing to it
            whole = frozenset({(key, at, number)})
            for way in life.rows[key].adds:
                given = [(part, at, life.answers.get((part, at))) for part in way]
                if all(one is not None for *_, one in given):
                    knows.learn(whole, number - _sum(given), minus=given)
            source = life.source(key, at)
            parts = life.cells(source) if source else None
            if parts and _sum(parts) == number:
                knows.learn(whole, 0, minus=parts)

    def _know_row(
        self, knows: Knowledge, event: Document, table: FigureTable, row: FigureRow, reader: str
    ) -> None:
        """Learn what a row says as it is printed."""
        life = self.life
        for head, cell in zip(table.periods, row.cells, strict=True):
            ends = [int(one) for one in re.findall(r"q(\d+)", head)]
            cells = life.cells(((row.key, tuple(range(ends[0], ends[-1] + 1))),)) or frozenset()
            self._know(knows, cells, cell, reader)
        how, given = (
            life.rows[row.key].how,
            [at for at in event.periods if life.answers.get((row.key, at)) is not None],
        )
        if how == "sum":
            self._know(knows, life.cells(((row.key, event.periods),)) or frozenset(), row.total, reader)
        elif how == "last" and given:
            self._know(knows, life.cells(((row.key, (given[-1],)),)) or frozenset(), row.total, reader)
        elif how == "highest" and row.total.isdecimal():
            for at in given:
                knows.learn(life.cells(((row.key, (at,)),)) or (), 0, int(row.total))

    def _know(self, knows: Knowledge, cells: frozenset[Number], printed: str, reader: str) -> None:
        if printed.isdecimal():
            assert int(printed) == _sum(cells)
            knows.learn(cells, int(printed))
        elif printed == HIDDEN and reader == "trusting" and _sum(cells):
            knows.learn(cells, 1, float("inf"))


def _sum(cells: Iterable[Number]) -> int:
    return sum(number or 0 for _, _, number in cells)


def leaks_of(seed: int) -> list[Leak]:
    """Return what leaks in the life of the seed."""
    return [*Attack(Maker(seed).life()).leaks()]


def main(start: int, count: int) -> int:
    """Live through many lives, and say of each leak the life's seed; 1 when there was one."""
    began, found = time.monotonic(), 0
    for seed in range(start, start + count):
        for leak in leaks_of(seed):
            found += 1
            sys.stdout.write(f"seed {seed}: {leak}\n")
        if seed % 1000 == 999:
            sys.stdout.write(f"{seed + 1 - start} lives\n")
            sys.stdout.flush()
    sys.stdout.write(f"{count} lives in {time.monotonic() - began:.0f} s, {found} leaks\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
