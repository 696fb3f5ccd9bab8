"""Hold what can still be lost of a grant, whose move it waits for, and what waits for a decision."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from models.rules.money.outstanding import Outstanding, divide_award
from models.rules.money.payment import is_unstated
from models.rules.money.risk import at_risk_minor, find_shortfall
from models.rules.steps.lateness import is_held_up
from models.rules.steps.next_move import ball_with
from models.rules.steps.order import find_undated
from models.rules.steps.stand import Stand, stand_of
from models.tables.grant import Grant
from models.tables.money import Instalment
from models.tables.step import Step
from models.vocabulary import GrantStatus, InstalmentStatus, Phase, StepKind, StepStatus
from tests.rule_builders import a_planned_step, a_withheld_instalment

LATE = {"final-report": Fraction(1, 5)}


def a_grant(**values: Any) -> Grant:
    """Return a grant of 500,000, not saved anywhere."""
    defaults: dict[str, Any] = {
        "reference": "REF-1",
        "title": "Grant",
        "programme_id": 1,
        "funder_id": 1,
        "recipient_id": 2,
        "currency": "SEK",
        "award_minor": 50_000_000,
        "opened_on": date(2010, 1, 1),
    }
    return Grant(**(defaults | values))


def paid(minor: int) -> Instalment:
    """Return the first four fifths, of which a sum came."""
    return a_withheld_instalment(
        number=1, amount_minor=40_000_000, status=InstalmentStatus.PAID, paid_minor=minor
    )


ALL_CAME, LAST = paid(40_000_000), a_withheld_instalment()
NO_SUM = a_withheld_instalment(amount_minor=None)


@pytest.mark.parametrize(
    ("grant", "parts", "costs", "expected"),
    [
        ({}, [ALL_CAME, LAST], {}, 10_000_000),
        ({}, [paid(39_000_000), LAST], {}, 11_000_000),
        # What is late is paid back; a settled step costs nothing.
        ({}, [ALL_CAME, LAST], {"final-report": "80 %"}, 40_000_000),
        ({}, [ALL_CAME, LAST], {"close": "100 %"}, 10_000_000),
        ({}, [ALL_CAME, NO_SUM], {}, 10_000_000),
        ({"award_minor": None}, [NO_SUM], LATE, 0),
        ({"status": GrantStatus.CLOSED}, [LAST], LATE, 0),
    ],
)
def test_money_at_risk(
    grant: dict[str, Any], parts: list[Instalment], costs: dict[str, Fraction], expected: int
) -> None:
    assert at_risk_minor(a_grant(**grant), parts, [a_planned_step()], costs) == expected


@pytest.mark.parametrize(
    ("amount", "came", "expected"),
    [
        (40_000_000, None, 0),
        (40_000_000, 39_000_000, 1_000_000),
        (40_000_000, 40_000_000, 0),
        (None, 1, 0),
    ],
)
def test_payments_fell_short_of_an_instalment(amount: int | None, came: int | None, expected: int) -> None:
    assert find_shortfall(amount, came) == expected


RELEASABLE = a_withheld_instalment(status=InstalmentStatus.RELEASABLE)
ASKED = a_withheld_instalment(status=InstalmentStatus.RELEASABLE, requested_by_id=7)
CLAIM = a_planned_step(phase=Phase.RELEASE, kind=StepKind.CLAIM)


@pytest.mark.parametrize(
    ("following", "parts", "expected"),
    [
        (None, [RELEASABLE], None),
        (a_planned_step(), [RELEASABLE], "coordinator"),  # a report, before the release
        (a_planned_step(with_funder=True), [], "funder"),
        (CLAIM, [RELEASABLE], "two people to confirm the release"),
        (CLAIM, [ASKED], "second person"),
        (CLAIM, [LAST], "coordinator"),
    ],
)
def test_whose_move_it_is(following: Step | None, parts: list[Instalment], expected: str | None) -> None:
    assert ball_with(following, parts) == expected


def test_step_waits_for_what_a_decision_must_give() -> None:
    report = a_planned_step(due_on=None)
    claim = a_planned_step(key="claim", template_key="claim", kind=StepKind.CLAIM, instalment=2, due_on=None)
    at_most = a_withheld_instalment(share="at most 75 %", amount_minor=None)
    assert is_unstated(at_most)
    assert not is_unstated(a_withheld_instalment())
    wanted = {"final-report": ("applied_on", "final_report_on")}
    given = {"applied_on"}
    assert list(find_undated([report, claim], {2}, wanted, given)) == [
        ("final-report", "final_report_on"),
        ("claim", "the sum of instalment 2"),
    ]
    assert list(find_undated([a_planned_step(), claim], (), wanted, given)) == []
    assert list(find_undated([report], (), wanted, {*given, "final_report_on"})) == []


@pytest.mark.parametrize(
    ("holder", "is_late", "stand"),
    [
        pytest.param("coordinator", True, Stand.LATE, id="ours and late"),
        pytest.param("coordinator", False, Stand.ON_TIME, id="ours and in time"),
        pytest.param("funder", False, Stand.WITH_FUNDER, id="the funder is never late with us"),
        pytest.param("funder", True, Stand.LATE, id="the funder is silent, and something of ours is late"),
        pytest.param(None, False, Stand.ON_TIME, id="nothing is left to do"),
    ],
)
def test_grant_stands_in_one_place(holder: str | None, is_late: bool, stand: Stand) -> None:
    assert stand_of(holder, is_late=is_late) is stand


@pytest.mark.parametrize(
    ("kind", "status", "held_up"),
    [
        pytest.param(StepKind.APPROVAL, StepStatus.WAITING, True, id="a signature waits for a draft"),
        pytest.param(StepKind.APPROVAL, StepStatus.OPEN, False, id="it can be given"),
        pytest.param(
            StepKind.REPORT, StepStatus.WAITING, False, id="a report is the office's to send in time"
        ),
    ],
)
def test_approval_that_waits_is_nobodys_lateness(kind: StepKind, status: StepStatus, held_up: bool) -> None:
    assert is_held_up(a_planned_step(kind=kind, status=status)) is held_up


PAID = {"status": "paid", "amount_minor": 400, "paid_minor": 400}


@pytest.mark.parametrize(
    ("award", "parts", "divided"),
    [
        pytest.param(500, [PAID, {"amount_minor": 100}], Outstanding(400, 0, 100, 0), id="one part came"),
        pytest.param(
            500, [PAID, {"amount_minor": 100, "status": "claimed"}], Outstanding(400, 100, 0, 0), id="claimed"
        ),
        pytest.param(
            500,
            [PAID, {"amount_minor": 80, "status": "claimed"}],
            Outstanding(400, 80, 0, 20),
            id="claimed for less",
        ),
        pytest.param(
            500,
            [PAID, {"amount_minor": 100, "paid_minor": 70, "status": "paid", "no_more_why": "cut"}],
            Outstanding(470, 0, 0, 30),
            id="no more comes",
        ),
        pytest.param(
            500, [PAID, {"amount_minor": None}], Outstanding(400, 0, 100, 0), id="a sum is not known"
        ),
        pytest.param(None, [{"amount_minor": None}], Outstanding(0, 0, 0, 0), id="no award yet"),
    ],
)
def test_award_is_divided_by_how_far_its_parts_have_come(
    award: int | None, parts: list[dict[str, Any]], divided: Outstanding
) -> None:
    assert divide_award(award, [Instalment(**{"status": "planned", **one}) for one in parts]) == divided
