"""Decide whether a payment may be booked, which sum an instalment asks for, and how much is missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from models.vocabulary import AT_MOST, InstalmentStatus, StepKind

if TYPE_CHECKING:  # `grants status` needs no tables
    from models.tables.money import Instalment
    from models.tables.step import Step


class PaymentReason(StrEnum):
    """Why a payment may be booked, or may not."""

    ALLOWED = "allowed"
    NOT_CLAIMED = "not_claimed"
    ALL_CAME = "all_came"  # nothing is missing any more
    IN_FUTURE = "in_future"
    BEFORE_CLAIM = "before_claim"
    BEFORE_LAST = "before_last"  # before the latest payment
    TOO_MUCH = "too_much"  # more than what is missing
    NOTHING_CAME = "nothing_came"
    NO_REST = "no_rest"  # all of it came
    NO_WHY = "no_why"


@dataclass(frozen=True, slots=True)
class PaymentSaid:
    """A payment as a person reports it, and why no more comes; without that reason the rest is awaited.

    `amount_minor` is what came. None means all that is missing, or 0 if no more comes.
    """

    paid_on: date
    amount_minor: int | None = None
    no_more_why: str | None = None

    def came_minor(self, missing: int) -> int:
        """Return what came, in minor units, given what was missing."""
        if self.amount_minor is not None:
            return self.amount_minor
        return 0 if self.no_more_why is not None else missing


@dataclass(frozen=True, slots=True)
class PaymentDecision:
    """Whether the payment may be booked, and why; what came, and what was missing before it, in minor units."""

    reason: PaymentReason
    came_minor: int = 0
    missing_minor: int = 0

    @property
    def allowed(self) -> bool:
        """Whether the payment may be booked."""
        return self.reason is PaymentReason.ALLOWED


def find_step_of(steps: Iterable[Step], number: int | None, kind: StepKind) -> Step | None:
    """Return the step of a kind, a claim or a payment, for the instalment with the number, if any."""
    return next((step for step in steps if step.kind == kind and step.instalment == number), None)


def find_claim_of(amount_minor: int | None, claimed_minor: int | None) -> int | None:
    """Return what is or will be claimed of a sum, in minor units: all of it, unless less was claimed."""
    return amount_minor if amount_minor is None or claimed_minor is None else min(amount_minor, claimed_minor)


def is_unstated(instalment: Instalment) -> bool:
    """Return whether a decision must say the instalment's sum, and none has."""
    return instalment.amount_minor is None and instalment.share.startswith(AT_MOST)


def find_stated_minor(amount_minor: int | None, claimed_minor: int | None, *, no_more: bool) -> int | None:
    """Return the sum that pages and lists give an instalment, in minor units.

    It is what is or will be claimed. Once `no_more` comes it is the whole sum, since pages also
    tell what was lost of it.
    """
    return amount_minor if no_more else find_claim_of(amount_minor, claimed_minor)


def find_claim_minor(instalment: Instalment) -> int:
    """Return what is or will be claimed of the instalment, in minor units; 0 while its sum is not known."""
    return find_claim_of(instalment.amount_minor, instalment.claimed_minor) or 0


def find_expected_minor(instalment: Instalment) -> int | None:
    """Return what came of the instalment or will come, in minor units; None while its sum is unknown."""
    if instalment.no_more_why is not None:
        return instalment.paid_minor
    return find_claim_of(instalment.amount_minor, instalment.claimed_minor)


def sum_paid_minor(instalments: Iterable[Instalment]) -> int:
    """Return what the funder has paid of the instalments so far, in minor units, partial payments included."""
    return sum(instalment.paid_minor or 0 for instalment in instalments)


def find_unpaid_minor(instalment: Instalment) -> int:
    """Return how much of the instalment's claim has not come, in minor units."""
    return find_claim_minor(instalment) - (instalment.paid_minor or 0)


def is_over(instalment: Instalment) -> bool:
    """Return whether no more payment is awaited: all of it came, or no more comes."""
    return find_unpaid_minor(instalment) == 0 or instalment.no_more_why is not None


def may_pay(
    instalment: Instalment,
    said: PaymentSaid | None = None,
    *,
    has_claim: bool,
    today: date,
) -> PaymentDecision:
    """Decide whether an instalment can be paid, and whether the given payment is possible, if any.

    `has_claim` says that a step claims the instalment: without one it is paid once it is released.
    """
    missing = find_unpaid_minor(instalment)
    if (reason := _is_due(instalment, missing, has_claim=has_claim)) is not PaymentReason.ALLOWED:
        return PaymentDecision(reason, missing_minor=missing)
    if said is None:
        return PaymentDecision(PaymentReason.ALLOWED, missing_minor=missing)
    came = said.came_minor(missing)
    reason = _fits_day(instalment, said.paid_on, today)
    if reason is PaymentReason.ALLOWED:
        reason = _fits_sum(said, came, missing)
    return PaymentDecision(reason, came, missing)


def _is_due(instalment: Instalment, missing: int, *, has_claim: bool) -> PaymentReason:
    if instalment.status is InstalmentStatus.PAID:
        return PaymentReason.ALLOWED if missing else PaymentReason.ALL_CAME
    unclaimed = instalment.status is InstalmentStatus.RELEASED and not has_claim
    if instalment.status is InstalmentStatus.CLAIMED or unclaimed:
        return PaymentReason.ALLOWED
    return PaymentReason.NOT_CLAIMED


def _fits_day(instalment: Instalment, paid_on: date, today: date) -> PaymentReason:
    if paid_on > today:
        return PaymentReason.IN_FUTURE
    if instalment.claimed_on is not None and paid_on < instalment.claimed_on:
        return PaymentReason.BEFORE_CLAIM
    if instalment.paid_on is not None and paid_on < instalment.paid_on:
        return PaymentReason.BEFORE_LAST
    return PaymentReason.ALLOWED


def _fits_sum(said: PaymentSaid, came: int, missing: int) -> PaymentReason:
    """Decide on the sum: a payment of 0 is accepted only where no more comes."""
    if came > missing:
        return PaymentReason.TOO_MUCH
    if came < 0 or (came == 0 and said.no_more_why is None):
        return PaymentReason.NOTHING_CAME
    if said.no_more_why is None:
        return PaymentReason.ALLOWED
    if came == missing:
        return PaymentReason.NO_REST
    return PaymentReason.ALLOWED if said.no_more_why.strip() else PaymentReason.NO_WHY
