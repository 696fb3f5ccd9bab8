"""Lay a grant's whole life out as a band: a block a phase, quarters, and today, in per cent of its width."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import groupby
from operator import attrgetter

# What phases without a day take at the end, and the nearest that two quarters' names may stand.
_UNDATED = 8.0
_NAME_WIDTH = 22.0


class Look(StrEnum):
    """How far a phase has come."""

    DONE = "done"
    NOW = "now"
    NEXT = "next"


@dataclass(frozen=True, slots=True)
class PhaseSpan:
    """A phase: its name, its first and last day, where it has any, and how far it has come."""

    name: str
    first_on: date | None
    last_on: date | None
    look: Look


@dataclass(frozen=True, slots=True)
class Block:
    """A phase in the band, from `x` on; of one without a day `last_on` is None.

    `is_over` says of a phase that is not done that its last day has passed.
    """

    name: str
    x: float
    width: float
    look: Look
    last_on: date | None
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Quarter:
    """The first day of a quarter; its name has room where `named`."""

    x: float
    on: date
    named: bool


@dataclass(frozen=True, slots=True)
class TimeBand:
    """The band; `today` is None where it lies outside the grant's time."""

    blocks: tuple[Block, ...]
    quarters: tuple[Quarter, ...]
    today: float | None

    @property
    def looks(self) -> list[tuple[Look, list[Block]]]:
        """The blocks that stand together and look alike: one line of the key names them all."""
        return [(look, list(blocks)) for look, blocks in groupby(self.blocks, attrgetter("look"))]


def draw_band(phases: Sequence[PhaseSpan], today: date) -> TimeBand | None:
    """Return the band of a grant's phases; None where no phase has a day.

    A phase begins where the one before it ends, and one that is not done reaches to today at least. Those without a
    day stand at the end.
    """
    dated = sorted(
        (_end_of(phase, today), place, phase) for place, phase in enumerate(phases) if phase.last_on
    )
    undated = [phase for phase in phases if phase.last_on is None]
    if not dated:
        return None
    first = min(phase.first_on or end for end, _, phase in dated)
    last = max(end for end, _, _ in dated)
    if dated[-1][2].look is not Look.DONE:
        first = min(first, today)
    scale = _Scale(first, last, 100 - _UNDATED * len(undated))
    blocks = []
    x = 0.0
    for end_on, _, phase in dated:
        end = scale.place(end_on)
        is_over = end_on != phase.last_on
        blocks.append(Block(phase.name, x, round(end - x, 2), phase.look, phase.last_on, is_over))
        x = end
    for phase in undated:
        blocks.append(Block(phase.name, x, _UNDATED, phase.look, None))
        x = round(x + _UNDATED, 2)
    is_within = first <= today <= last
    return TimeBand(tuple(blocks), tuple(_quarters(scale)), scale.place(today) if is_within else None)


def _end_of(phase: PhaseSpan, today: date) -> date:
    """Return where a phase with a day ends in the band."""
    end = phase.last_on or today
    return end if phase.look is Look.DONE else max(end, today)


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where a day lies, between the first and the last, on a width in per cent."""

    first: date
    last: date
    width: float

    def place(self, day: date) -> float:
        days = max(1, (self.last - self.first).days)
        return round(self.width * (day - self.first).days / days, 2)


def _quarters(scale: _Scale) -> Iterable[Quarter]:
    free = 0.0
    for year in range(scale.first.year, scale.last.year + 1):
        for month in (1, 4, 7, 10):
            on = date(year, month, 1)
            if scale.first <= on <= scale.last:
                x = scale.place(on)
                named = x >= free
                free = x + _NAME_WIDTH if named else free
                yield Quarter(x, on, named)
