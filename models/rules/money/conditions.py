"""Decide which conditions of an instalment are waited for, and which are missing."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

from models.vocabulary import StepStatus


class HasStatus(Protocol):
    """A condition step: a row of the table, or a part of one."""

    @property
    def status(self) -> str:
        """Where the step stands."""


Condition = TypeVar("Condition", bound=HasStatus)


def list_waited_conditions(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """Return the conditions that are waited for, without those of periods that the grant no longer has.

    In a grant that runs only the plan cancels a step, and never an approval that was returned or
    withdrawn (`tasks.commands.replan.plan_rows`). If all are cancelled the condition is lost, not
    met, and each is waited for.
    """
    steps = tuple(conditions)
    return tuple(step for step in steps if step.status != StepStatus.CANCELLED) or steps


def find_missing_conditions(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """Return the conditions that are waited for and are not approved."""
    return tuple(step for step in list_waited_conditions(conditions) if step.status != StepStatus.APPROVED)
