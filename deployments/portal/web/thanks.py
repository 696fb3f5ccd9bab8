"""Hold what a page thanks for: an answer that was taken, and what follows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class NextStep:
    """A step that follows an answer: its title, who has it, and by when; the funder is expected to, and owes no day."""

    title: str
    holder: str
    due_on: date | None
    with_funder: bool


@dataclass(frozen=True, slots=True)
class Thanks:
    """What was taken, by its kind: that of an answer, or one of those that `templates/pages/thanks.html` has besides.

    `step` is its title. It is expected on `expected_on`, and nobody is reminded before `promised_on`. It was `done_at`
    a local time where its form had acted before. `next` are the steps that follow.
    """

    kind: str
    step: str = ""
    expected_on: date | None = None
    promised_on: date | None = None
    next: Sequence[NextStep] = ()
    done_at: datetime | None = None
