"""Decide whether a step can be done yet, which steps have no date, and whether a grant is finished."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import Protocol

from models.programme.plan import Programme
from models.tables.money import Instalment
from models.tables.step import Step
from models.vocabulary import SETTLED, GrantStatus, Phase, StepKind, StepStatus

_BEFORE_AWARD = (Phase.APPLICATION, Phase.DECISION)
_ABOUT_MONEY = (StepKind.CLAIM, StepKind.PAYMENT, StepKind.REPAYMENT, StepKind.RECOVERY)


def has_come(phase: str, kind: str, awarded_on: date | None) -> bool:
    """Return whether a step of the phase and kind concerns anybody yet, by the day of its grant's
    award.

    Until it does, nobody is told of the step and it is never late. A grant without an award has
    nothing to follow up, report or claim.
    """
    return awarded_on is not None or (phase in _BEFORE_AWARD and kind not in _ABOUT_MONEY)


class StepOpening(Protocol):
    """The facts that decide whether a step can be done: a row of the table, or a part of one."""

    @property
    def status(self) -> str:
        """Its status."""

    @property
    def opens_on(self) -> date | None:
        """From when it can be done."""


def opens_later(step: StepOpening, today: date) -> bool:
    """Return whether the step's opening day is all that keeps it from being done."""
    return step.status == StepStatus.OPEN and step.opens_on is not None and step.opens_on > today


def can_be_done(step: StepOpening, today: date) -> bool:
    """Return whether a step is open and its opening day has come."""
    return step.status == StepStatus.OPEN and not opens_later(step, today)


def may_close(status: GrantStatus, steps: Iterable[StepStatus]) -> bool:
    """Return whether a grant is finished: it is open, and all of its steps, by their statuses, are settled."""
    return status is GrantStatus.OPEN and all(step in SETTLED for step in steps)


def list_awaited_dates(programme: Programme) -> dict[str, str]:
    """Return the date that each step counts from and a decision must give, by the step's key in the programme."""
    dates = programme.dates.items()
    wanted = {name for name, rule in dates if rule.given_by == "decision" and rule.required}
    found = {step.key: [name for name in step.day_names if name in wanted] for step in programme.steps}
    return {key: names[0] for key, names in found.items() if names}


def find_undated(
    unsettled: Iterable[Step], instalments: Collection[Instalment], awaits: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield the steps that wait for a date, or for an instalment's sum, that a decision must give, with its name.

    `awaits` are the programme's `list_awaited_dates`.
    """
    unstated = {
        row.number for row in instalments if row.amount_minor is None and row.share.startswith("at most ")
    }
    for step in unsettled:
        if step.due_on is not None:
            continue
        if step.template_key in awaits:
            yield step.key, awaits[step.template_key]
        elif step.kind == StepKind.CLAIM and step.instalment in unstated:
            yield step.key, f"the sum of instalment {step.instalment}"
