"""Decide whether a step, or a grant, is late."""

from datetime import date
from typing import Protocol

from models.facts.letter import has_passed
from models.rules.steps.order import has_come
from models.vocabulary import UNSETTLED, GrantStatus


class StepToDo(Protocol):
    """What decides whether a step is late: a row of the table, or a part of one."""

    @property
    def phase(self) -> str:
        """In which phase it is."""

    @property
    def kind(self) -> str:
        """What is done in it."""

    @property
    def status(self) -> str:
        """How far it has come."""

    @property
    def due_on(self) -> date | None:
        """The day by which it must be done."""


class GrantBehind(Protocol):
    """What decides of a grant whether its steps are late."""

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
    """Return the day after which the step is late, also one that still waits for another; None for one that is not.

    Nothing is late before its time has come. In a quiet grant a step is late too; nobody is told of it.
    """
    return step.due_on if is_pending(step, grant) else None


def is_late(step: StepToDo, grant: GrantBehind, today: date) -> bool:
    """Return whether the step should have been done before today."""
    return has_passed(late_after(step, grant), today)
