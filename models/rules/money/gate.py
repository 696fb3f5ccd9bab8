"""Decide whether a withheld instalment may be released, or what is missing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

from models.rules.duties import Proof
from models.rules.money.conditions import find_missing_conditions
from models.rules.money.confirmer import Confirmer, Confirmers, find_recorders, find_second_people
from models.tables.money import Instalment
from models.tables.step import Step
from models.vocabulary import OUT, InstalmentStatus


class GateReason(StrEnum):
    """Why the gate opens, waits or stays shut."""

    CONFIRMED = "confirmed"  # the second person confirms: release
    REQUESTED = "requested"  # the first person asks: a second must confirm
    CONDITION_MISSING = "condition_missing"
    SAME_PERSON = "same_person"
    NO_ROLE = "no_role"  # in the grant, or the journal does not know it; or the person has left
    NOBODY_ELSE = "nobody_else"  # nobody else with a role in the grant could be the second
    NO_SUM = "no_sum"
    NOTHING_DUE = "nothing_due"  # its sum is 0
    SUM_CHANGED = "sum_changed"  # the person was shown another sum
    OTHER_ACCOUNT = "other_account"  # the person was shown another account
    BEFORE_CONDITION = "before_condition"  # the day is before an approval or request that the release needs
    ASKED_ALREADY = "asked_already"  # the form can only ask, and somebody has asked
    ALREADY_RELEASED = "already_released"
    NO_CONDITION = "no_condition"
    SIGN_IN = "sign_in"  # a link that may have been passed on does not say who confirms
    RECORDED_APPROVAL = "recorded_approval"  # the second person recorded the approval that the release needs
    NAMED_ONLY = "named_only"  # somebody named the second person, who did not sign in


# Why a person may neither confirm nor decline a release.
_NoSay = Literal[GateReason.NO_ROLE, GateReason.SIGN_IN, GateReason.SAME_PERSON]


@dataclass(frozen=True, slots=True)
class ReleaseDecision:
    """The gate's answer; `missing` are the keys of the condition steps that are not approved."""

    reason: GateReason
    missing: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether the click counts: as the first of two, or as the one that releases."""
        return self.reason in (GateReason.CONFIRMED, GateReason.REQUESTED)


def is_withheld(status: InstalmentStatus, *, conditional: bool) -> bool:
    """Return whether two people must still confirm an instalment's condition before its claim may leave."""
    return conditional and status not in OUT


def may_release(
    instalment: Instalment,
    conditions: Iterable[Step],
    *,
    by: Confirmer,
    confirmers: Confirmers,
    today: date,
    shown_minor: int | None = None,
    same_account: bool = True,
    first_only: bool = False,
) -> ReleaseDecision:
    """Decide what a person's click on "release" does.

    `conditions` are the instalment's condition steps, read in the same transaction. `confirmers`
    are those who may confirm the grant's money (`confirmer.find_confirmers`). `shown_minor` is the
    sum that the person saw, and `same_account` says that they saw the recipient's present account.
    `first_only` is set for a form that was shown to the first person: it asks, and never confirms.
    A person who is only named by somebody else may ask too, and never confirms.
    """
    steps = tuple(conditions)
    if (shut := _why_shut(instalment, steps, shown_minor)) is not None:
        return shut
    if (barred := _why_not_theirs(instalment, by, confirmers)) is not None:
        return ReleaseDecision(barred)
    if not same_account:
        return ReleaseDecision(GateReason.OTHER_ACCOUNT)
    if any(day is not None and today < day for day in _days_before(instalment, steps)):
        return ReleaseDecision(GateReason.BEFORE_CONDITION)
    if instalment.requested_by_id is None:
        others = find_second_people(confirmers, by.id, steps)
        return ReleaseDecision(GateReason.REQUESTED if others else GateReason.NOBODY_ELSE)
    if first_only:
        return ReleaseDecision(GateReason.ASKED_ALREADY)
    if confirmers.is_one_of(by.id, find_recorders(steps)):
        return ReleaseDecision(GateReason.RECORDED_APPROVAL)
    signed_in = by.proof is Proof.SIGNED_IN
    return ReleaseDecision(GateReason.CONFIRMED if signed_in else GateReason.NAMED_ONLY)


def _why_not_theirs(instalment: Instalment, by: Confirmer, confirmers: Confirmers) -> _NoSay | None:
    """Return why a person may not act on a release; None if they may. The person who asked may not."""
    if by.id not in confirmers.ids:
        return GateReason.NO_ROLE
    if by.proof is Proof.LINK:
        return GateReason.SIGN_IN
    return GateReason.SAME_PERSON if confirmers.are_same(by.id, instalment.requested_by_id) else None


def _why_shut(
    instalment: Instalment, steps: tuple[Step, ...], shown_minor: int | None
) -> ReleaseDecision | None:
    """Return why nobody may release the instalment now; None if somebody may."""
    if instalment.status in OUT:
        return ReleaseDecision(GateReason.ALREADY_RELEASED)
    if not instalment.conditional:
        return ReleaseDecision(GateReason.NO_CONDITION)
    missing = tuple(step.key for step in find_missing_conditions(steps))
    # No step at all means that the condition is lost, not that it is met.
    if missing or not steps:
        return ReleaseDecision(GateReason.CONDITION_MISSING, missing)
    if instalment.amount_minor is None:
        return ReleaseDecision(GateReason.NO_SUM)
    if instalment.amount_minor == 0:
        return ReleaseDecision(GateReason.NOTHING_DUE)
    if shown_minor is not None and shown_minor != instalment.amount_minor:
        return ReleaseDecision(GateReason.SUM_CHANGED)
    return None


def _days_before(instalment: Instalment, conditions: Iterable[Step]) -> Iterator[date | None]:
    """Yield the days that a release cannot precede: those of the approvals and of the first request."""
    yield instalment.requested_on
    yield from (step.done_on for step in conditions)


class DeclineReason(StrEnum):
    """Why a release may be declined, or may not."""

    ALLOWED = "allowed"
    NOT_RELEASABLE = "not_releasable"  # its condition is not met, or the money is released
    NO_ROLE = "no_role"
    SIGN_IN = "sign_in"
    SAME_PERSON = "same_person"
    NO_REASON = "no_reason"


@dataclass(frozen=True, slots=True)
class DeclineDecision:
    """Whether somebody may say no, and why not."""

    reason: DeclineReason

    @property
    def allowed(self) -> bool:
        """Whether somebody may say no."""
        return self.reason is DeclineReason.ALLOWED


def may_decline(
    instalment: Instalment, *, by: Confirmer, confirmers: Confirmers, why: str
) -> DeclineDecision:
    """Decide whether a person may decline a release, with a reason: before anybody confirmed it, or as the second.

    Declining gives no money away, so a person who is only named may do it.
    """
    if instalment.status is not InstalmentStatus.RELEASABLE:
        return DeclineDecision(DeclineReason.NOT_RELEASABLE)
    if (barred := _why_not_theirs(instalment, by, confirmers)) is not None:
        return DeclineDecision(_declining(barred))
    return DeclineDecision(DeclineReason.ALLOWED if why.strip() else DeclineReason.NO_REASON)


def _declining(barred: _NoSay) -> DeclineReason:
    match barred:
        case GateReason.NO_ROLE:
            return DeclineReason.NO_ROLE
        case GateReason.SIGN_IN:
            return DeclineReason.SIGN_IN
        case GateReason.SAME_PERSON:
            return DeclineReason.SAME_PERSON
