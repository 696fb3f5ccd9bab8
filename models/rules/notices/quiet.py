"""Decide whether anybody is told of a grant that was imported while it ran, and from when its ladders count."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, order=True)
class LateStep:
    """A step that was late already when its grant was imported."""

    due_on: date
    key: str


@dataclass(frozen=True, slots=True)
class Start:
    """How a grant began here: whether it is quiet still, and the day on which its late steps were confirmed.

    A grant of which nothing was late at the import is never quiet, and its `confirmed_on` is None.
    """

    quiet: bool = False
    confirmed_on: date | None = None


AT_ONCE = Start()


def find_late(open_steps: Iterable[tuple[str, date | None]], today: date) -> tuple[LateStep, ...]:
    """Return which of a grant's open steps, by key and due date, are late at its import, the oldest first."""
    return tuple(sorted(LateStep(on, key) for key, on in open_steps if on is not None and on < today))


def may_tell(start: Start) -> bool:
    """Return whether anybody may be told of anything of the grant."""
    return not start.quiet


def escalates_from(due_on: date, start: Start) -> date:
    """Return the day from which the rungs after a due date count: its own, or when its lateness was confirmed."""
    return due_on if start.confirmed_on is None else max(due_on, start.confirmed_on)
