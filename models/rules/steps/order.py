"""Decide whether a step can be done yet, which steps have no date, and whether a grant is finished."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import Protocol, TypeAlias

from models.programme.plan import Programme
from models.tables.step import Step
from models.vocabulary import SETTLED, GrantStatus, Phase, StepKind, StepStatus

_BEFORE_AWARD = (Phase.APPLICATION, Phase.DECISION)
_ABOUT_MONEY = (StepKind.CLAIM, StepKind.PAYMENT, StepKind.REPAYMENT, StepKind.RECOVERY)


def has_come(phase: str, kind: str, awarded_on: date | None) -> bool:
    """Return whether a step of the phase and kind concerns anybody yet, by the day of its grant's award.

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


WantedDates: TypeAlias = Mapping[str, tuple[str, ...]]


def list_wanted_dates(programme: Programme) -> WantedDates:
    """Return the dates that each step counts from and a decision must give, by the step's key in the programme."""
    dates = programme.dates.items()
    wanted = {name for name, rule in dates if rule.given_by == "decision" and rule.required}
    found = {step.key: tuple(name for name in step.day_names if name in wanted) for step in programme.steps}
    return {key: names for key, names in found.items() if names}


class StepDue(Protocol):
    """The facts that decide which dates a step waits for: a row of the table, or a part of one."""

    @property
    def template_key(self) -> str:
        """The programme's step."""

    @property
    def due_on(self) -> date | None:
        """When it is due."""


def list_awaited_dates(step: StepDue, wanted: WantedDates, given: Collection[str]) -> tuple[str, ...]:
    """Return the dates that leave a step without a due date: a decision must give them, and none has.

    `wanted` are the programme's `list_wanted_dates`, `given` those that the grant's decisions give.
    """
    if step.due_on is not None:
        return ()
    return tuple(name for name in wanted.get(step.template_key, ()) if name not in given)


def find_undated(
    unsettled: Iterable[Step], unstated: Collection[int], wanted: WantedDates, given: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Yield the steps that wait for a date, or for an instalment's sum, that a decision must give, with its name.

    `unstated` are the numbers of the instalments whose sum no decision states.
    """
    for step in unsettled:
        names = list_awaited_dates(step, wanted, given)
        if names:
            yield step.key, names[0]
        elif step.due_on is None and step.kind == StepKind.CLAIM and step.instalment in unstated:
            yield step.key, f"the sum of instalment {step.instalment}"
