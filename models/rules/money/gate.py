"""Decide whether a withheld instalment may be released, or what is missing."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol, TypeVar

from models.tables.money import Instalment
from models.tables.step import Step
from models.vocabulary import OUT, InstalmentStatus, StepStatus


class GateReason(StrEnum):
    """Why the gate opens, waits or stays shut."""

    CONFIRMED = "confirmed"  # the second person confirms: release
    REQUESTED = "requested"  # the first person asks: a second must confirm
    CONDITION_MISSING = "condition_missing"
    SAME_PERSON = "same_person"
    NO_ROLE = "no_role"
    NO_SUM = "no_sum"
    NOTHING_DUE = "nothing_due"  # its sum is 0
    SUM_CHANGED = "sum_changed"  # the person was shown another sum
    OTHER_ACCOUNT = "other_account"  # the person was shown another account
    BEFORE_CONDITION = "before_condition"  # the day comes before what the release stands on
    ASKED_ALREADY = "asked_already"  # the form can only ask, and somebody has
    ALREADY_RELEASED = "already_released"
    NO_CONDITION = "no_condition"
    SIGN_IN = "sign_in"  # a link that may have been passed on does not tell who confirms
    RECORDED_APPROVAL = "recorded_approval"  # the second person recorded what the release stands on


@dataclass(frozen=True, slots=True)
class ReleaseDecision:
    """What the gate says; `missing` are the keys of the condition steps that are not approved."""

    reason: GateReason
    missing: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether the click counts: as the first of two, or as the one that releases."""
        return self.reason in (GateReason.CONFIRMED, GateReason.REQUESTED)


class HasStatus(Protocol):
    """A condition step, as who asks has it: a row of the table, or a part of one."""

    @property
    def status(self) -> str:
        """Where the step stands."""


Condition = TypeVar("Condition", bound=HasStatus)


def waited_for(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """Return the conditions without those of periods that the grant no longer has, as long as another is left.

    In a grant that runs only the plan cancels a step, and never an approval that was returned or withdrawn
    (`tasks.commands.replan.follow`). Where all are cancelled the condition is lost, not met, and each is waited
    for.
    """
    steps = tuple(conditions)
    return tuple(step for step in steps if step.status != StepStatus.CANCELLED) or steps


def is_withheld(status: InstalmentStatus, *, conditional: bool) -> bool:
    """Return whether two people have still to confirm an instalment's condition before its claim may leave."""
    return conditional and status not in OUT


def missing_conditions(conditions: Iterable[Step]) -> tuple[str, ...]:
    """Return the keys of the condition steps that are waited for and do not stand approved."""
    return tuple(step.key for step in waited_for(conditions) if step.status is not StepStatus.APPROVED)


def may_release(
    instalment: Instalment,
    conditions: Iterable[Step],
    *,
    by_ids: Collection[int],
    allowed_ids: Collection[int],
    today: date,
    shown_minor: int | None = None,
    same_account: bool = True,
    first_only: bool = False,
    signed_in: bool = True,
) -> ReleaseDecision:
    """Decide what a person's click on "release" does.

    `by_ids` are the person's: one whom the register has twice, with two addresses, is one person. `signed_in` says
    that they are known by more than a letter's link.
    `conditions` are the instalment's condition steps, read in the same transaction; `allowed_ids` the people with
    a role in the grant; `shown_minor` the sum that the person saw, where that is known; `same_account` says that the
    account that they saw is the recipient's; `first_only` is for a form that cannot know who sends it: it asks, and
    never confirms.
    """
    if instalment.status in OUT:
        return ReleaseDecision(GateReason.ALREADY_RELEASED)
    if not instalment.conditional:
        return ReleaseDecision(GateReason.NO_CONDITION)
    steps = tuple(conditions)
    missing = missing_conditions(steps)
    # No step at all means that the condition is lost, not that it is met.
    if missing or not steps:
        return ReleaseDecision(GateReason.CONDITION_MISSING, missing)
    if instalment.amount_minor is None:
        return ReleaseDecision(GateReason.NO_SUM)
    if instalment.amount_minor == 0:
        return ReleaseDecision(GateReason.NOTHING_DUE)
    if shown_minor is not None and shown_minor != instalment.amount_minor:
        return ReleaseDecision(GateReason.SUM_CHANGED)
    if not set(by_ids) & set(allowed_ids):
        return ReleaseDecision(GateReason.NO_ROLE)
    if not signed_in:
        return ReleaseDecision(GateReason.SIGN_IN)
    if instalment.requested_by_id in by_ids:
        return ReleaseDecision(GateReason.SAME_PERSON)
    if not same_account:
        return ReleaseDecision(GateReason.OTHER_ACCOUNT)
    if any(day is not None and today < day for day in _days_before(instalment, steps)):
        return ReleaseDecision(GateReason.BEFORE_CONDITION)
    if instalment.requested_by_id is None:
        return ReleaseDecision(GateReason.REQUESTED)
    if first_only:
        return ReleaseDecision(GateReason.ASKED_ALREADY)
    recorded = any(step.with_funder and step.done_by_id in by_ids for step in steps)
    return ReleaseDecision(GateReason.RECORDED_APPROVAL if recorded else GateReason.CONFIRMED)


def _days_before(instalment: Instalment, conditions: Iterable[Step]) -> Iterator[date | None]:
    """Yield the days that a release cannot come before: of the approvals, and of the first person's request."""
    yield instalment.requested_on
    yield from (step.done_on for step in conditions)
