"""Decide whether a payment of an instalment may be booked, and how much has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from models.tables.money import Instalment
from models.vocabulary import InstalmentStatus


class PaymentReason(StrEnum):
    """Why a payment may be booked, or may not."""

    ALLOWED = "allowed"
    NOT_CLAIMED = "not_claimed"
    ALL_CAME = "all_came"  # nothing is missing any more
    IN_FUTURE = "in_future"
    BEFORE_CLAIM = "before_claim"
    BEFORE_LAST = "before_last"  # before the payment that came last
    TOO_MUCH = "too_much"  # more than what is missing
    NOTHING_CAME = "nothing_came"
    TWO_RESTS = "two_rests"  # the rest is both to come and not to come
    NO_REST = "no_rest"  # all of it came
    NO_WHY = "no_why"
    REST_PASSED = "rest_passed"  # the day on which the rest is expected has passed
    NO_STEP = "no_step"  # no step keeps the day on which the rest is expected


@dataclass(frozen=True, slots=True)
class PaymentSaid:
    """What a person says of a payment, and of the rest that it leaves.

    `amount_minor` is what came, None for all that is missing, or for nothing where only the rest is spoken of.
    `expected_on` is when the rest is expected, `no_more_why` why no more comes: where neither is said it is waited for.
    """

    paid_on: date
    amount_minor: int | None = None
    expected_on: date | None = None
    no_more_why: str | None = None

    @property
    def tells_rest(self) -> bool:
        """Whether anything is said of the rest."""
        return self.expected_on is not None or self.no_more_why is not None

    def came_minor(self, missing: int) -> int:
        """Return what came, in minor units, where so much was missing."""
        if self.amount_minor is not None:
            return self.amount_minor
        return 0 if self.tells_rest else missing


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


def missing_minor(instalment: Instalment) -> int:
    """Return what has not come of the instalment, in minor units."""
    return (instalment.amount_minor or 0) - (instalment.paid_minor or 0)


def is_over(instalment: Instalment) -> bool:
    """Return whether nothing is waited for any more: all of it came, or no more comes."""
    return missing_minor(instalment) == 0 or instalment.no_more_why is not None


def may_pay(
    instalment: Instalment,
    said: PaymentSaid | None = None,
    *,
    has_claim: bool,
    has_step: bool = True,
    today: date,
) -> PaymentDecision:
    """Decide whether an instalment can be paid, and whether what is said of a payment can be, where it is said.

    `has_claim` says that a step claims the instalment: what nobody claims is paid once it is released. `has_step` says
    that a step waits for the payment.
    """
    missing = missing_minor(instalment)
    if (reason := _is_due(instalment, missing, has_claim=has_claim)) is not PaymentReason.ALLOWED:
        return PaymentDecision(reason, missing_minor=missing)
    if said is None:
        return PaymentDecision(PaymentReason.ALLOWED, missing_minor=missing)
    came = said.came_minor(missing)
    reason = _fits_day(instalment, said.paid_on, today)
    if reason is PaymentReason.ALLOWED:
        reason = _fits_sum(instalment, said, came, missing)
    if reason is PaymentReason.ALLOWED and said.tells_rest:
        reason = _fits_rest(said, missing - came, today, has_step=has_step)
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


def _fits_sum(instalment: Instalment, said: PaymentSaid, came: int, missing: int) -> PaymentReason:
    """Decide on the sum: that nothing came is news only where no more comes, or where the rest gets another day."""
    if came > missing:
        return PaymentReason.TOO_MUCH
    again = instalment.status is InstalmentStatus.PAID
    may_be_nothing = said.no_more_why is not None or (again and said.tells_rest)
    if came < 0 or (came == 0 and not may_be_nothing):
        return PaymentReason.NOTHING_CAME
    return PaymentReason.ALLOWED


def _fits_rest(said: PaymentSaid, left: int, today: date, *, has_step: bool) -> PaymentReason:
    if said.expected_on is not None and said.no_more_why is not None:
        return PaymentReason.TWO_RESTS
    if not left:
        return PaymentReason.NO_REST
    if said.no_more_why is not None:
        return PaymentReason.ALLOWED if said.no_more_why.strip() else PaymentReason.NO_WHY
    if said.expected_on is not None and said.expected_on < today:
        return PaymentReason.REST_PASSED
    return PaymentReason.ALLOWED if has_step else PaymentReason.NO_STEP
