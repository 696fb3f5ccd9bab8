"""Hold when a payment may be booked, and how much of it came: every reason, and none by accident."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.money.payment import (
    PaymentDecision,
    PaymentReason,
    PaymentSaid,
    find_unpaid_minor,
    is_over,
    may_pay,
)
from models.vocabulary import InstalmentStatus
from tests.rule_builders import a_withheld_instalment

TODAY = date(2011, 3, 22)
ALL, PART = 10_000_000, 8_000_000
CLAIMED = {"status": InstalmentStatus.CLAIMED, "claimed_on": date(2011, 3, 1)}
PARTLY = {"status": InstalmentStatus.PAID, "paid_minor": PART, "paid_on": date(2011, 3, 10)}
RELEASED = {"status": InstalmentStatus.RELEASED}


def said(amount: int | None = None, on: date = TODAY, **rest: Any) -> PaymentSaid:
    """Return a payment of today."""
    return PaymentSaid(on, amount, **rest)


PAYMENTS = [
    pytest.param(CLAIMED, None, "allowed", 0, id="it can be paid"),
    pytest.param(CLAIMED, said(), "allowed", ALL, id="all of it came"),
    pytest.param(CLAIMED, said(PART), "allowed", PART, id="a part came, and the rest is waited for"),
    pytest.param(CLAIMED, said(PART, no_more_why="Godtogs inte"), "allowed", PART, id="no more comes"),
    pytest.param(CLAIMED, said(0, no_more_why="Godtogs inte"), "allowed", 0, id="nothing comes at all"),
    pytest.param(PARTLY, None, "allowed", 0, id="the rest can be paid"),
    pytest.param(PARTLY, said(), "allowed", ALL - PART, id="the rest came"),
    pytest.param(PARTLY, said(no_more_why="Godtogs inte"), "allowed", 0, id="the rest does not come"),
    pytest.param(RELEASED, None, "not_claimed", 0, id="its claim has not left"),
    pytest.param({}, said(), "not_claimed", 0, id="it is withheld"),
    pytest.param(PARTLY | {"paid_minor": ALL}, said(), "all_came", 0, id="all of it has come"),
    pytest.param(CLAIMED, said(on=date(2011, 3, 23)), "in_future", ALL, id="on a day to come"),
    pytest.param(CLAIMED, said(on=date(2011, 2, 28)), "before_claim", ALL, id="before the claim left"),
    pytest.param(PARTLY, said(on=date(2011, 3, 9)), "before_last", ALL - PART, id="before the one before it"),
    pytest.param(CLAIMED, said(ALL + 1), "too_much", ALL + 1, id="more than was claimed"),
    pytest.param(PARTLY, said(ALL - PART + 1), "too_much", ALL - PART + 1, id="more than is missing"),
    pytest.param(CLAIMED, said(0), "nothing_came", 0, id="nothing came, and nothing is said"),
    pytest.param(CLAIMED, said(-1), "nothing_came", -1, id="less than nothing"),
    pytest.param(PARTLY, said(0), "nothing_came", 0, id="again nothing"),
    pytest.param(CLAIMED, said(ALL, no_more_why="x"), "no_rest", ALL, id="there is no rest"),
    pytest.param(CLAIMED, said(PART, no_more_why=" "), "no_why", PART, id="nobody says why"),
]


@pytest.mark.parametrize(("instalment", "payment", "reason", "came"), PAYMENTS)
def test_payment_is(instalment: dict[str, Any], payment: PaymentSaid | None, reason: str, came: int) -> None:
    row = a_withheld_instalment(**instalment)
    found = may_pay(row, payment, has_claim=True, today=TODAY)
    assert found == PaymentDecision(PaymentReason(reason), came, find_unpaid_minor(row))
    assert found.allowed is (reason == "allowed")


def test_every_reason_has_a_row() -> None:
    assert {row.values[2] for row in PAYMENTS} == set(PaymentReason)


def test_what_nobody_claims_is_paid_once_it_is_released() -> None:
    assert may_pay(a_withheld_instalment(**RELEASED), said(), has_claim=False, today=TODAY).allowed
    withheld = may_pay(a_withheld_instalment(), said(), has_claim=False, today=TODAY)
    assert withheld.reason is PaymentReason.NOT_CLAIMED


@given(
    status=st.sampled_from(InstalmentStatus),
    paid=st.none() | st.integers(0, ALL),
    amount=st.none() | st.integers(-1, ALL + 1),
    no_more_why=st.none() | st.sampled_from(["", "why"]),
    has_claim=st.booleans(),
)
def test_no_more_is_booked_than_is_missing(
    status: InstalmentStatus,
    paid: int | None,
    amount: int | None,
    no_more_why: str | None,
    has_claim: bool,
) -> None:
    row = a_withheld_instalment(status=status, paid_minor=paid)
    found = may_pay(row, PaymentSaid(TODAY, amount, no_more_why), has_claim=has_claim, today=TODAY)
    if found.allowed:
        assert 0 <= found.came_minor <= find_unpaid_minor(row)
        assert status in (InstalmentStatus.CLAIMED, InstalmentStatus.PAID, InstalmentStatus.RELEASED)


@pytest.mark.parametrize(
    ("paid", "why", "over"),
    [(None, None, False), (PART, None, False), (PART, "why", True), (ALL, None, True)],
)
def test_payment_is_over(paid: int | None, why: str | None, over: bool) -> None:
    assert is_over(a_withheld_instalment(paid_minor=paid, no_more_why=why)) is over
