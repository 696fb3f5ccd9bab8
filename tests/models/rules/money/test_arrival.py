"""Hold which vouchers are recognised as awaited money, and of which recorded payment the voucher was taken back."""

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from models.facts.ledger import Entry
from models.rules.ledger import list_credits, references_of
from models.rules.money.arrival import Arrival, AwaitedPart, Fit, match_payments, recognise
from models.tables.money import Instalment, Payment
from models.vocabulary import InstalmentStatus

NUMBER = "9.1-12345/2025"
CLAIMED_ON = date(2026, 9, 1)
TODAY = date(2026, 12, 1)


def a_part(number: int, minor: int, **values: Any) -> AwaitedPart:
    """Return a part that was claimed and has not come."""
    facts: dict[str, Any] = {
        "status": InstalmentStatus.CLAIMED,
        "claimed_on": CLAIMED_ON,
        "amount_minor": minor,
    } | values
    row = Instalment(id=number, grant_id=1, number=number, share="rest", conditional=False, **facts)
    return AwaitedPart(row, references_of("SN-007", NUMBER), has_claim=True)


def a_row(voucher: str, minor: int, day: int = 10, month: int = 11, reference: str = "") -> Entry:
    """Return a row on an account of received grants; what came is negative, a credit."""
    return Entry(
        date(2026, month, day), voucher, "3510", "7", minor, is_receipt=True, reference=reference.casefold()
    )


def a_payment(number: int, minor: int, day: int = 10, month: int = 11) -> Payment:
    return Payment(id=number, instalment_id=number, paid_on=date(2026, month, day), amount_minor=minor)


def found(
    parts: Iterable[AwaitedPart], rows: Iterable[Entry], payments: Iterable[Payment] = ()
) -> list[Arrival]:
    open_credits, _ = match_payments(payments, list_credits(rows))
    return recognise(list(parts), open_credits, TODAY)


def fits(arrivals: Iterable[Arrival]) -> list[tuple[str, Fit, tuple[int, ...]]]:
    return [(one.credit.voucher, one.fit, one.parts) for one in arrivals]


def test_money_is_recognised_whole_in_parts_and_jointly_and_not_where_it_was_accrued_or_taken_back() -> None:
    parts = [a_part(1, 46_000_000), a_part(2, 10_000_000), a_part(3, 5_000_050)]
    assert fits(found(parts, [a_row("A 1", -46_000_000)])) == [("A 1", Fit.WHOLE, (1,))]
    assert fits(found(parts, [a_row("A 2", -15_000_050)])) == [("A 2", Fit.JOINT, (2, 3))]
    # Another sum is known by the funder's number alone, and by no more than is missing.
    assert found(parts, [a_row("A 3", -4_000_000)]) == []
    of_number = [a_row("A 3", -4_000_000, reference=NUMBER), a_row("A 4", -90_000_000, reference=NUMBER)]
    assert fits(found(parts, of_number)) == [("A 3", Fit.PART, (1, 2, 3))]
    # A voucher of several rows is one sum.
    assert fits(found(parts, [a_row("A 5", -6_000_000), a_row("A 5", -4_000_000)])) == [
        ("A 5", Fit.WHOLE, (2,))
    ]
    assert found(parts, [a_row("A 6", -10_000_000), a_row("B 6", 10_000_000, 30)]) == []
    accrued = [a_row("P 1", 46_000_000, 31, 10), a_row("P 2", -46_000_000, 1)]
    assert found(parts, accrued) == []
    assert found(parts, [a_row("A 7", -10_000_000, 31, 8)]) == []  # before the claim
    assert found([a_part(1, 500, status=InstalmentStatus.PLANNED)], [a_row("A 8", -500)]) == []


def test_several_that_fit_equally_are_one_voucher_to_choose_from_or_left_to_people() -> None:
    alike = [a_part(number, 100) for number in (1, 2, 3)]
    assert fits(found(alike, [a_row("A 1", -100)])) == [("A 1", Fit.WHOLE, (1, 2, 3))]
    assert found(alike, [a_row("A 2", -200)]) == []
    assert fits(found(alike, [a_row("A 3", -300)])) == [("A 3", Fit.JOINT, (1, 2, 3))]


def test_voucher_of_a_recorded_payment_is_proposed_no_more_and_told_when_it_is_taken_back() -> None:
    parts = [a_part(2, 400)]
    booked = [a_row("A 1", -400, 9), a_row("A 2", -700)]
    # One payment is of the first voucher though its day is another, two of one day are of the second.
    payments = [a_payment(1, 400, 7), a_payment(3, 300), a_payment(4, 400)]
    assert found(parts, booked, payments) == []
    assert fits(found(parts, booked, payments[:1])) == []
    assert fits(found(parts, booked, [])) == [("A 1", Fit.WHOLE, (2,))]
    _, taken_back = match_payments(payments, list_credits([*booked, a_row("B 9", 400, 12)]))
    assert [(one.credit.voucher, one.credit.reversed_by, len(one.payments)) for one in taken_back] == [
        ("A 1", "B 9", 1)
    ]
    # It was booked once more, on another voucher: that is its own.
    again = [*booked, a_row("B 9", 400, 12), a_row("A 3", -400, 13)]
    assert match_payments(payments, list_credits(again)) == ([], [])
    # What came once more on another day is no reversal of it, and a payment of another month has no voucher here.
    assert match_payments([a_payment(1, 400, 1, 3)], list_credits([a_row("A 1", -400)]))[1] == []


@pytest.mark.parametrize("seed", range(30))
def test_what_is_recognised_is_awaited_booked_and_no_voucher_twice(seed: int) -> None:
    chance = random.Random(seed)
    sums = (100, 200, 300, 450, 1000)
    parts = [a_part(number, chance.choice(sums)) for number in range(1, chance.randrange(2, 6))]
    rows = [
        replace(
            a_row(f"A {number}", -chance.choice(sums), reference=chance.choice(("", NUMBER))),
            day=CLAIMED_ON + timedelta(days=chance.randrange(-20, 60)),
        )
        for number in range(12)
    ]
    rows += [replace(one, voucher=f"B {one.voucher}", amount_minor=-one.amount_minor) for one in rows[:4]]
    payments = [a_payment(number, chance.choice(sums), chance.randrange(1, 28)) for number in range(90, 94)]
    booked = list_credits(rows)
    arrivals = found(parts, rows, payments)
    missing = {part.instalment.number: part.missing_minor for part in parts}
    by_voucher = {one.voucher: one for one in booked}
    assert len({one.credit.voucher for one in arrivals}) == len(arrivals)
    for one in arrivals:
        assert by_voucher[one.credit.voucher] == one.credit
        assert not one.credit.reversed_by
        assert CLAIMED_ON <= one.credit.day <= TODAY
        waiting = [missing[number] for number in one.parts]
        match one.fit:
            case Fit.WHOLE:
                assert set(waiting) == {one.credit.amount_minor}
            case Fit.JOINT:
                assert sum(waiting) == one.credit.amount_minor
            case Fit.PART:
                assert min(waiting) >= one.credit.amount_minor
                assert one.credit.references
    # The order in which rows stand in a file says nothing.
    assert found(parts, chance.sample(rows, len(rows)), payments) == arrivals
    # What is open and what was paid or taken back are all the vouchers: none is lost, none counts twice.
    open_credits, taken_back = match_payments(payments, booked)
    assert all(one in booked for one in [*open_credits, *(pair.credit for pair in taken_back)])
    assert len(booked) >= len(open_credits) + len(taken_back)
