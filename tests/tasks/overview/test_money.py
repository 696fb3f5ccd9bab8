"""The money of grants: added up by the database as the rule divides one grant's, on both databases."""

from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import Phase as HPhase
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, select

from models.rules.money.expected_day import ExpectedDay, find_expected_day
from models.rules.money.outstanding import divide_award
from models.rules.money.payment import find_claim_of, find_stated_minor
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.vocabulary import CLAIMED_OR_PAID, GrantStatus, Phase, Role, StepKind, StepStatus
from tasks.overview.grants import Seen
from tasks.overview.money import (
    MONTHS_AHEAD,
    GrantMoney,
    MoneyWish,
    list_choices,
    list_money,
    total_money,
)
from tasks.overview.standing import InstalmentStanding
from tasks.store.database import reading, transaction
from tasks.store.triggers.statements import take_away
from tests.builders import a_grant, a_person, a_role, a_step, an_instalment

TODAY = date(2010, 8, 6)
GRANT = table_of(Grant)

sums = st.integers(0, 100_000)
days = st.dates(date(2010, 1, 1), date(2012, 12, 31))


@st.composite
def a_part(draw: st.DrawFn) -> dict[str, Any]:
    """Return an instalment that the database accepts, in any state of its payment."""
    amount = draw(st.one_of(st.none(), sums))
    status = draw(
        st.sampled_from(["planned", "claimed", "paid"]) if amount is not None else st.just("planned")
    )
    part: dict[str, Any] = {
        "amount_minor": amount,
        "status": status,
        "claimed_minor": None,
        "paid_minor": None,
    }
    part |= {"no_more_why": None, "paid_on": None, "claimed_on": None, "released_on": None}
    if status != "planned":
        part |= {
            "released_on": TODAY,
            "claimed_on": TODAY,
            "claimed_minor": draw(st.one_of(st.none(), st.integers(0, amount))),
        }
    if status == "paid":
        part |= {"paid_on": TODAY, "paid_minor": draw(st.integers(0, amount))}
        if part["paid_minor"] < amount:
            part["no_more_why"] = draw(st.sampled_from([None, "Inget mer."]))
    return part


@st.composite
def an_awarded_grant(draw: st.DrawFn) -> dict[str, Any]:
    """Return a grant whose award is enough for its parts, or more."""
    parts = draw(st.lists(a_part(), max_size=3))
    known = sum(part["amount_minor"] or 0 for part in parts)
    return {
        "award_minor": known + draw(sums),
        "currency": draw(st.sampled_from(["SEK", "EUR"])),
        "parts": parts,
        "due_on": draw(st.one_of(st.none(), days)),
        "preliminary_on": draw(st.one_of(st.none(), days)),
    }


def standing_of(part: dict[str, Any], number: int) -> InstalmentStanding:
    """Return a part as the overview states it."""
    no_more = part["no_more_why"] is not None
    return InstalmentStanding(
        number=number,
        amount_minor=find_stated_minor(part["amount_minor"], part["claimed_minor"], no_more=no_more),
        paid_minor=part["paid_minor"],
        currency="SEK",
        status=str(part["status"]),
        missing=(),
        no_more_why=part["no_more_why"],
    )


class Undone(Exception):
    """Ends a transaction whose rows are not kept."""


@given(portfolio=st.lists(an_awarded_grant(), min_size=1, max_size=5))
@settings(
    max_examples=40,
    phases=[HPhase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_money_is_divided_as_the_rule_says_and_adds_up_in_rows_totals_and_months(
    engine: Engine, portfolio: list[dict[str, Any]]
) -> None:
    with suppress(Undone), transaction(engine) as connection:
        take_away(connection)  # the triggers that let no instalment appear that is out already
        for number, grant in enumerate(portfolio):
            insert(connection, f"REF-{number}", grant)
        rows = list_money(connection, TODAY, MoneyWish())
        totals = total_money(connection, TODAY, MoneyWish())
        hold(portfolio, rows)
        for total in totals:
            own = [row.sums for row in rows if row.currency == total.currency]
            assert total.grants == len(own)
            for name in ("awarded", "received", "to_come", "lost", "claimed", "owed"):
                assert getattr(total.sums, name) == sum(getattr(row, name) for row in own)
            expected = total.expected
            months = sum(sums.whole for _, sums in expected.months)
            parts = (expected.late, months, expected.later.whole, expected.undated)
            assert sum(parts) == total.sums.to_come
            assert min(parts) >= 0
            assert len(expected.months) == MONTHS_AHEAD
        assert sum(total.grants for total in totals) == len(portfolio)
        raise Undone


def insert(connection: Connection, reference: str, grant: dict[str, Any]) -> None:
    """Insert a grant with its parts, each with a payment on the grant's day."""
    held = a_grant(
        connection, reference=reference, award_minor=grant["award_minor"], currency=grant["currency"]
    )
    for number, part in enumerate(grant["parts"], 1):
        an_instalment(connection, held, number=number, share="", **part)
        a_step(
            connection,
            held,
            key=f"payment-{number}",
            kind=StepKind.PAYMENT,
            phase=Phase.RELEASE,
            instalment=number,
            position=number,
            due_on=grant["due_on"],
            preliminary_on=grant["preliminary_on"],
            status=StepStatus.OPEN,
        )


def hold(portfolio: list[dict[str, Any]], rows: list[GrantMoney]) -> None:
    """Hold each row against the rule, and that its parts add up to what was awarded."""
    by_reference = {row.reference: row.sums for row in rows}
    for number, grant in enumerate(portfolio):
        made = by_reference[f"REF-{number}"]
        said = divide_award(grant["award_minor"], [standing_of(part, 0) for part in grant["parts"]])
        assert (made.received, made.to_come, made.lost) == (said.received, said.to_come, said.lost)
        assert (made.owed, made.unclaimed) == (said.claimed, said.left)
        assert made.awarded == made.received + made.to_come + made.lost
        assert made.claimed == sum(
            find_claim_of(part["amount_minor"], part["claimed_minor"]) or 0
            for part in grant["parts"]
            if part["status"] in CLAIMED_OR_PAID
        )


@pytest.mark.parametrize(
    ("due_on", "preliminary_on", "expected"),
    [
        pytest.param(date(2010, 9, 1), None, ExpectedDay(date(2010, 9, 1), False), id="it has a day"),
        pytest.param(
            date(2010, 9, 1), date(2010, 10, 1), ExpectedDay(date(2010, 9, 1), False), id="its own first"
        ),
        pytest.param(
            date(2010, 8, 1), None, ExpectedDay(date(2010, 8, 1), False), id="the funder takes longer"
        ),
        pytest.param(
            None, date(2010, 10, 1), ExpectedDay(date(2010, 10, 1), True), id="its claim comes first"
        ),
        pytest.param(None, date(2010, 8, 1), ExpectedDay(TODAY, True), id="what comes first is late"),
        pytest.param(None, None, None, id="nobody knows"),
    ],
)
def test_payment_is_expected_on(
    due_on: date | None, preliminary_on: date | None, expected: ExpectedDay | None
) -> None:
    assert find_expected_day(due_on, preliminary_on, TODAY) == expected


def test_money_is_narrowed_by_unit_funder_and_year_and_leaves_out_what_is_not_awarded_or_seen(
    engine: Engine,
) -> None:
    with transaction(engine) as connection:
        adults = a_person(connection, "Anna", department="Vuxenenheten")
        portfolio: dict[str, dict[str, Any]] = {
            "REF-1": {"period_start_on": date(2010, 1, 1), "period_end_on": date(2010, 12, 31)},
            "REF-2": {"period_start_on": date(2011, 1, 1), "period_end_on": date(2012, 12, 31)},
            "REF-3": {"award_minor": None},
            "REF-4": {"status": GrantStatus.CLOSED, "closed_on": TODAY},
        }
        for reference, values in portfolio.items():
            held = a_grant(connection, reference=reference, reference_key=reference, **values)
            if reference == "REF-1":
                first = held
                a_role(connection, held, Role.COORDINATOR, adults)
    with reading(engine) as connection:
        choices = list_choices(connection, TODAY)
        funder = connection.execute(select(GRANT.c.funder_id).where(GRANT.c.id == first)).scalar_one()

        def found(wish: MoneyWish, seen: Seen = None) -> list[str]:
            rows = list_money(connection, TODAY, wish, seen)
            counted = sum(total.grants for total in total_money(connection, TODAY, wish, seen))
            assert counted == len(rows)
            return [row.reference for row in rows]

        assert found(MoneyWish()) == ["REF-1", "REF-2"]
        assert found(MoneyWish(ended=True)) == ["REF-1", "REF-2", "REF-4"]
        assert found(MoneyWish(unit="Vuxenenheten")) == ["REF-1"]
        assert found(MoneyWish(year=2012)) == ["REF-2"]
        assert found(MoneyWish(funder=funder)) == ["REF-1"]
        assert found(MoneyWish(), select(GRANT.c.id).where(GRANT.c.id == first)) == ["REF-1"]
        assert list_money(connection, TODAY, MoneyWish(), page=2) == []
    assert (choices.units, choices.years) == (("Vuxenenheten",), (2012, 2011, 2010))
    assert len(choices.funders) == 3
