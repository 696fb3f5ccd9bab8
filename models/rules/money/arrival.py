"""Recognise in the books the money that was awaited, and of which recorded payment the voucher was taken back."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import combinations, groupby

from models.facts.ledger import Credit
from models.rules.money.payment import PaymentSaid, find_unpaid_minor, may_pay
from models.tables.money import Instalment, Payment

_MOST_TOGETHER = 4  # parts that came as one sum
_MOST_COMPARED = 12  # parts that are tried together
_NEAR = 31  # days between a payment as it was recorded and its voucher


class Fit(StrEnum):
    """How a voucher's money fits what was awaited."""

    WHOLE = "whole"  # the exact sum of a part
    JOINT = "joint"  # the exact sum of several parts together
    PART = "part"  # another sum, with the funder's number for the grant


@dataclass(frozen=True, slots=True)
class AwaitedPart:
    """A part of an award whose money is awaited, the numbers that the funder may give, and whether a step claims it."""

    instalment: Instalment
    references: frozenset[str]
    has_claim: bool

    @property
    def missing_minor(self) -> int:
        """What has not come of it, in minor units."""
        return find_unpaid_minor(self.instalment)

    def takes(self, day: date, amount_minor: int, today: date) -> bool:
        """Return whether such a payment can be recorded of it."""
        said = PaymentSaid(day, amount_minor)
        return may_pay(self.instalment, said, has_claim=self.has_claim, today=today).allowed


@dataclass(frozen=True, slots=True)
class Arrival:
    """A voucher whose money fits awaited parts, by their numbers: all of them if joint, else any one of them."""

    credit: Credit
    fit: Fit
    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A voucher that was taken back in the books, and the payments that were recorded of it."""

    credit: Credit
    payments: tuple[Payment, ...]


def recognise(awaited: Sequence[AwaitedPart], open_credits: Iterable[Credit], today: date) -> list[Arrival]:
    """Return the vouchers that fit what is awaited, in the order of the vouchers.

    `open_credits` are those of which no payment was recorded, and none was taken back.
    """
    found = (_fit(awaited, credit, today) for credit in open_credits)
    return [arrival for arrival in found if arrival is not None]


def _fit(awaited: Sequence[AwaitedPart], credit: Credit, today: date) -> Arrival | None:
    payable = [part for part in awaited if part.takes(credit.day, part.missing_minor, today)]
    whole = [part for part in payable if part.missing_minor == credit.amount_minor]
    if whole:
        return _arrival(credit, Fit.WHOLE, whole)
    joint = list(_find_together(payable[:_MOST_COMPARED], credit.amount_minor))
    if len(joint) == 1:  # of several that fit equally people know which
        return _arrival(credit, Fit.JOINT, joint[0])
    named = [
        part
        for part in awaited
        if part.references & credit.references and part.takes(credit.day, credit.amount_minor, today)
    ]
    return _arrival(credit, Fit.PART, named) if named else None


def _arrival(credit: Credit, fit: Fit, parts: Iterable[AwaitedPart]) -> Arrival:
    return Arrival(credit, fit, tuple(part.instalment.number for part in parts))


def _find_together(parts: Sequence[AwaitedPart], amount_minor: int) -> Iterator[tuple[AwaitedPart, ...]]:
    """Yield the parts that come to a sum together."""
    for count in range(2, _MOST_TOGETHER + 1):
        for some in combinations(parts, count):
            if sum(part.missing_minor for part in some) == amount_minor:
                yield some


def match_payments(
    payments: Iterable[Payment], booked: Iterable[Credit]
) -> tuple[list[Credit], list[TakenBack]]:
    """Return the credits of which no payment was recorded, and those taken back of which one was.

    A payment is of the voucher with its sum that is nearest to its day, or of one with the sum of several payments of
    that day. A voucher that was taken back is its own only where no other one is.
    """
    left = sorted(
        (one for one in payments if one.amount_minor > 0), key=lambda one: (one.paid_on, one.id or 0)
    )
    standing: list[Credit] = []
    taken_back: list[Credit] = []
    for credit in booked:
        (taken_back if credit.reversed_by else standing).append(credit)
    _take(left, standing)
    return standing, [TakenBack(credit, some) for credit, some in _take(left, taken_back)]


def _take(left: list[Payment], open_credits: list[Credit]) -> list[tuple[Credit, tuple[Payment, ...]]]:
    """Take the payments, and the credits that are theirs, out of both lists; return each credit with its payments."""
    pairs = []
    for some in _list_together(left):
        is_left = all(one in left for one in some)
        credit = _find_credit(some, open_credits) if is_left else None
        if credit is not None:
            open_credits.remove(credit)
            for one in some:
                left.remove(one)
            pairs.append((credit, some))
    return pairs


def _list_together(payments: Sequence[Payment]) -> list[tuple[Payment, ...]]:
    """Return each payment, then those of each day together, by twos, threes and fours."""
    single: list[tuple[Payment, ...]] = [(one,) for one in payments]
    joint: list[tuple[Payment, ...]] = []
    for _, of_day in groupby(payments, lambda one: one.paid_on):
        some = list(of_day)[:_MOST_COMPARED]
        joint += [found for count in range(2, _MOST_TOGETHER + 1) for found in combinations(some, count)]
    return [*single, *joint]


def _find_credit(payments: Sequence[Payment], open_credits: Iterable[Credit]) -> Credit | None:
    """Return the credit with the sum of payments of one day, the nearest to that day."""
    day = payments[0].paid_on
    amount_minor = sum(one.amount_minor for one in payments)
    near = [
        credit
        for credit in open_credits
        if credit.amount_minor == amount_minor and abs((credit.day - day).days) <= _NEAR
    ]
    return min(near, key=lambda credit: abs(credit.day - day), default=None)
