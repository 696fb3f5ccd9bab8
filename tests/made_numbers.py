"""Make by chance a grant's numbers of people: which are sums of which, what is corrected, what documents are made."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from models.programme.question import OverPeriods
from models.rules.answers.joined_periods import join_periods
from tasks.documents.facts.report import FigureRow
from tasks.documents.facts.treated_people import Choice
from tests.number_attacker import Number

Periods = tuple[int, ...]
# Rows and the periods of each: what a number is the sum of.
Way = tuple[tuple[str, Periods], ...]


@dataclass
class Row:
    """A question: which others its answers add up, and which of any period they say again, by period."""

    adds: tuple[tuple[str, ...], ...] = ()
    how: OverPeriods = "sum"
    again: Mapping[int, tuple[Way, ...]] = field(default_factory=dict)
    sensitive: bool = True
    asked: Periods = ()


@dataclass
class Correction:
    """Another answer than before, or one where there was none."""

    key: str
    period: int
    number: int | None


@dataclass
class Document:
    """A document of these periods, and what is chosen of each table that asks, one after the other."""

    periods: Periods
    choices: tuple[Choice, ...]


@dataclass
class Life:
    """A grant's answers, by how much sums do not hold, and what happens."""

    threshold: int
    width: int
    rows: dict[str, Row]
    answers: dict[tuple[str, int], int | None]
    beside: dict[tuple[str, int], int] = field(default_factory=dict)
    events: list[Correction | Document] = field(default_factory=list)

    def settle(self) -> None:
        """Reckon the answers that are sums of others."""
        for key, row in reversed(self.rows.items()):
            for period in row.asked:
                way: Way | None = None
                if row.adds:
                    way = tuple((part, (period,)) for part in row.adds[0])
                elif row.again:
                    way = self.source(key, period)
                if way is not None:
                    self.answers[key, period] = max(0, self.come_to(way) + self.beside.get((key, period), 0))

    def source(self, key: str, period: int) -> Way | None:
        """Return what an answer says again: of several numbers, the latest, or the first of the highest."""
        ways = self.rows[key].again.get(period)
        if not ways:
            return None
        if self.rows[ways[0][0][0]].how == "highest":
            return max(ways, key=self.come_to)
        return ways[-1]

    def come_to(self, way: Way) -> int:
        """Return the sum of the answers."""
        return sum(self.answers.get((key, at)) or 0 for key, several in way for at in several)

    def cells(self, way: Way) -> frozenset[Number] | None:
        """Return the numbers that a sum is of; None where one counts twice."""
        every = [(key, at) for key, several in way for at in several]
        given = ((*one, self.answers.get(one)) for one in every)
        found = frozenset((key, at, number) for key, at, number in given if number is not None)
        return found if len({*every}) == len(every) else None

    def figures(self, periods: Sequence[int]) -> list[FigureRow]:
        """Return the rows that the document has."""
        return [
            self._figure(key, row, periods) for key, row in self.rows.items() if {*row.asked} & {*periods}
        ]

    def _figure(self, key: str, row: Row, periods: Sequence[int]) -> FigureRow:
        given = [self.answers.get((key, at)) for at in periods]
        values = tuple(None if one is None else Decimal(one) for one in given)
        total = join_periods(values, row.how)
        again = {
            f"q{at}": tuple(
                tuple((of, tuple(f"q{one}" for one in several)) for of, several in way) for way in ways
            )
            for at, ways in row.again.items()
        }
        return FigureRow(
            key,
            tuple("–" if one is None else str(one) for one in given),
            "–" if total is None else str(total),
            values,
            sensitive=row.sensitive,
            key=key,
            adds=row.adds,
            part=any(key in way for other in self.rows.values() for way in other.adds),
            over_periods=row.how,
            again=again,
        )


SHAPES: dict[str, dict[str, tuple[tuple[str, ...], ...]]] = {
    "alone": {"x": (), "y": ()},
    "one": {"x": ()},
    "two parts": {"all": (("x", "y"),), "x": (), "y": ()},
    "four parts": {"all": (("x", "y", "z", "w"),), "x": (), "y": (), "z": (), "w": ()},
    "part of a part": {"all": (("some", "z"),), "some": (("x", "y"),), "x": (), "y": (), "z": ()},
    "both of parts": {
        "all": (("some", "more"),),
        "some": (("x", "y"),),
        "more": (("z", "w"),),
        "x": (),
        "y": (),
        "z": (),
        "w": (),
    },
    "part of two": {"a": (("x", "y"),), "b": (("x", "z"),), "x": (), "y": (), "z": ()},
    "two ways": {"all": (("x", "y"), ("z", "w")), "x": (), "y": (), "z": (), "w": ()},
    "two tables": {"all": (("x", "y"),), "x": (), "y": (), "z": (), "w": ()},
}


class Maker:
    """Makes a life by chance, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def life(self) -> Life:
        """Return a life."""
        chance = self.chance
        threshold, width = chance.choice([3, 5, 5, 10]), chance.choice([1, 2, 2, 3, 3, 4])
        shape = SHAPES[chance.choice([*SHAPES])]
        rows = {key: Row(adds, asked=tuple(range(width))) for key, adds in shape.items()}
        stocks = chance.random() < 0.25
        for row in rows.values():
            if stocks and not row.adds and chance.random() < 0.6:
                row.how = chance.choice(["last", "highest", "none"])
            if chance.random() < 0.1:
                row.asked = tuple(at for at in range(width) if chance.random() < 0.6)
        if chance.random() < 0.4:
            rows = {"again": self._again(rows, width), **rows}
        self.top = chance.choice([threshold - 1, 2 * threshold, 3 * threshold])
        answers: dict[tuple[str, int], int | None] = {
            (key, at): self._number(0.1) for key, row in rows.items() for at in row.asked
        }
        life = Life(threshold, width, rows, answers)
        self._second_ways(life)
        if chance.random() < 0.3:
            one = (chance.choice([*rows]), chance.randrange(width))
            life.beside[one] = chance.choice([-2, -1, 1, 2, 3])
        life.events = [self._event(life) for _ in range(chance.randint(1, 5))]
        return life

    def _number(self, none: float = 0.0) -> int | None:
        if self.chance.random() < none:
            return None
        return 0 if self.chance.random() < 0.25 else self.chance.randint(0, self.top)

    def _again(self, rows: dict[str, Row], width: int) -> Row:
        """Return a row that says others again: a year, a sum so far, another's latest, or two together."""
        chance, sensitive = self.chance, self.chance.random() < 0.5
        of = chance.choice([*rows])
        if rows[of].how != "sum":
            ways = tuple(((of, (at,)),) for at in range(width))
            return Row(again={width - 1: ways}, sensitive=sensitive, asked=(width - 1,))
        kind = chance.choice(["year", "so far", "two"])
        if kind == "year":
            year = ((of, tuple(range(width))),)
            return Row(again={width - 1: (year,)}, sensitive=sensitive, asked=(width - 1,))
        every = tuple(range(width))
        if kind == "so far":
            so_far = {at: (((of, tuple(range(at + 1))),),) for at in every}
            return Row(how="last", again=so_far, sensitive=sensitive, asked=every)
        two = chance.sample([*rows], min(2, len(rows)))
        return Row(
            again={at: (tuple((key, (at,)) for key in two),) for at in every},
            sensitive=sensitive,
            asked=every,
        )

    def _second_ways(self, life: Life) -> None:
        """Let the last row of a second breakdown be what is left of the first, where that is something."""
        life.settle()
        for row in life.rows.values():
            for *others, last in row.adds[1:]:
                for at in life.rows[last].asked:
                    left = life.come_to(tuple((key, (at,)) for key in row.adds[0]))
                    left -= life.come_to(tuple((key, (at,)) for key in others))
                    if left >= 0:
                        life.answers[last, at] = left

    def _event(self, life: Life) -> Correction | Document:
        chance = self.chance
        given = [key for key, row in life.rows.items() if row.asked and not row.adds and not row.again]
        if given and chance.random() < 0.3:
            key = chance.choice(given)
            return Correction(key, chance.choice(life.rows[key].asked), self._number(0.1))
        each = tuple(range(life.width))
        periods = each if chance.random() < 0.5 else (chance.choice(each),)
        choices: list[Choice] = ["hide", "hide", "hide", "merge", "merge", "send"]
        return Document(periods, tuple(chance.choice(choices) for _ in range(3)))
