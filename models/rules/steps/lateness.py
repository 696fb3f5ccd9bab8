"""Decide whether a step, or a grant, is late."""

from datetime import date
from typing import Protocol

from models.facts.letter import has_passed
from models.rules.steps.order import has_come
from models.vocabulary import UNSETTLED, GrantStatus, StepKind, StepStatus


class StepToDo(Protocol):
    """The facts of a step that decide whether it is late: a row of the table, or a part of one."""

    @property
    def phase(self) -> str:
        """Its phase."""

    @property
    def kind(self) -> str:
        """Its kind."""

    @property
    def status(self) -> str:
        """Its status."""

    @property
    def due_on(self) -> date | None:
        """The day by which it must be done."""


class GrantBehind(Protocol):
    """The facts of a grant that decide whether its steps are late."""

    @property
    def status(self) -> str:
        """Whether it is open."""

    @property
    def awarded_on(self) -> date | None:
        """When it was awarded."""


def is_pending(step: StepToDo, grant: GrantBehind) -> bool:
    """Return whether somebody still has to do the step, and its time has come."""
    to_do = step.status in UNSETTLED and grant.status == GrantStatus.OPEN
    return to_do and has_come(step.phase, step.kind, grant.awarded_on)


def late_after(step: StepToDo, grant: GrantBehind) -> date | None:
    """Return the day after which the step is late, even while it waits for another; None if it is not pending.

    No step is late before its time has come. A step of a quiet grant is late too, but nobody is
    told of it.
    """
    return step.due_on if is_pending(step, grant) else None


def is_late(step: StepToDo, grant: GrantBehind, today: date) -> bool:
    """Return whether the step should have been done before today."""
    return has_passed(late_after(step, grant), today)


def is_held_up(step: StepToDo) -> bool:
    """Return whether an approval cannot be given yet, since an earlier step is not done: then its owner is not late.

    A report that waits stays late: its day is what the office is held to.
    """
    return step.status == StepStatus.WAITING and step.kind == StepKind.APPROVAL
