"""What a round is given and what it comes to: its day, and counts without a name."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime

from models.rules.dates.calendar import offices_in
from models.rules.notices.days import why_silent
from tasks.store.part import Part, Shard


@dataclass(frozen=True, slots=True)
class RoundDay:
    """The day that a round is for, the moment it runs, its grant or shard, if not all, and the country."""

    on: date
    now: datetime
    grant: str | None = None
    country: str = "SE"
    shard: Shard | None = None

    @property
    def part(self) -> Part:
        """The grants that it is for."""
        return Part(self.grant, self.shard)


@dataclass(frozen=True, slots=True)
class Counts:
    """What a part of a round came to, in steps, letters and figures.

    `unready` are the grants whose final report is not ready, `settled` those whose gates moved, `silent` the sources
    that gave no figures; `unfed` counts those of the failed steps that only miss their figures.
    """

    due: int = 0
    reminded: int = 0
    escalated: int = 0
    letters: int = 0
    failed: int = 0
    gathered: int = 0
    unready: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()
    silent: frozenset[str] = frozenset()
    unfed: int = 0

    def __add__(self, other: Counts) -> Counts:
        """Return the sums."""
        names = [one.name for one in fields(self) if one.name != "silent"]
        sums = {name: getattr(self, name) + getattr(other, name) for name in names}
        return Counts(**sums, silent=self.silent | other.silent)

    @property
    def silence(self) -> str:
        """How many steps miss figures, and from which sources, as the end of a line; empty when all gave them."""
        return f"; {self.unfed} without figures from {', '.join(sorted(self.silent))}" if self.silent else ""

    @property
    def broken(self) -> int:
        """How much could not be done; a step that only misses its figures is looked at and told of all the same."""
        return self.failed - self.unfed

    def __str__(self) -> str:
        """One line for a run list."""
        return f"{self.due} due, {self.reminded} reminded, {self.escalated} escalated, {self.broken} failed"


def day_off(on: date, country: str = "SE") -> str | None:
    """Return why offices are closed on the day ("Saturday", or a holiday's name), or None when they are open."""
    return why_silent(on, offices_in(country))
