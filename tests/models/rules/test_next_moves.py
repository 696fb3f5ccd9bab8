"""Hold what can still be lost of a grant, whose move it waits for, and what waits for a decision."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from models.rules.money.at_risk import at_risk_minor, missing_of
from models.rules.steps.order import ball_with, undated
from models.tables.grant import Grant
from models.tables.money import Instalment
from models.tables.step import Step
from models.vocabulary import GrantStatus, InstalmentStatus, Phase, StepKind
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


@pytest.mark.parametrize(
    ("grant", "parts", "costs", "expected"),
    [
        pytest.param({}, [paid(40_000_000), a_withheld_instalment()], {}, 10_000_000, id="the last fifth"),
        pytest.param({}, [paid(39_000_000), a_withheld_instalment()], {}, 11_000_000, id="a part came"),
        pytest.param(
            {},
            [paid(40_000_000), a_withheld_instalment()],
            {"final-report": "80 %"},
            40_000_000,
            id="paid back",
        ),
        pytest.param(
            {}, [paid(40_000_000), a_withheld_instalment()], {"close": "100 %"}, 10_000_000, id="settled step"
        ),
        pytest.param(
            {}, [paid(40_000_000), a_withheld_instalment(amount_minor=None)], {}, 10_000_000, id="unknown sum"
        ),
        pytest.param(
            {"award_minor": None}, [a_withheld_instalment(amount_minor=None)], LATE, 0, id="no award"
        ),
        pytest.param({"status": GrantStatus.CLOSED}, [a_withheld_instalment()], LATE, 0, id="closed"),
    ],
)
def test_money_at_risk(
    grant: dict[str, Any], parts: list[Instalment], costs: dict[str, Fraction], expected: int
) -> None:
    assert at_risk_minor(a_grant(**grant), parts, [a_planned_step()], costs) == expected


@pytest.mark.parametrize(
    ("amount", "came", "expected"),
    [
        pytest.param(40_000_000, None, 0, id="not paid yet"),
        pytest.param(40_000_000, 39_000_000, 1_000_000, id="paid in part"),
        pytest.param(40_000_000, 40_000_000, 0, id="paid"),
        pytest.param(None, 1, 0, id="without a sum of its own"),
    ],
)
def test_missing_of_an_instalment(amount: int | None, came: int | None, expected: int) -> None:
    assert missing_of(amount, came) == expected


RELEASABLE = a_withheld_instalment(status=InstalmentStatus.RELEASABLE)
RELEASE = {"phase": Phase.RELEASE, "kind": StepKind.CLAIM}


@pytest.mark.parametrize(
    ("following", "parts", "expected"),
    [
        pytest.param(None, [RELEASABLE], None, id="nothing left"),
        pytest.param(a_planned_step(), [RELEASABLE], "coordinator", id="a report, before the release"),
        pytest.param(a_planned_step(with_funder=True), [], "funder", id="the funder's own step"),
        pytest.param(
            a_planned_step(**RELEASE),
            [RELEASABLE],
            "two people to confirm the release",
            id="nobody asked yet",
        ),
        pytest.param(
            a_planned_step(**RELEASE),
            [a_withheld_instalment(status=InstalmentStatus.RELEASABLE, requested_by_id=7)],
            "second person",
            id="one asked",
        ),
        pytest.param(
            a_planned_step(**RELEASE), [a_withheld_instalment()], "coordinator", id="still withheld"
        ),
    ],
)
def test_whose_move_it_is(following: Step | None, parts: list[Instalment], expected: str | None) -> None:
    assert ball_with(following, parts) == expected


def test_step_waits_for_what_a_decision_must_give() -> None:
    report = a_planned_step(due_on=None)
    claim = a_planned_step(key="claim", template_key="claim", kind=StepKind.CLAIM, instalment=2, due_on=None)
    at_most = a_withheld_instalment(share="at most 75 %", amount_minor=None)
    awaits = {"final-report": "final_report_on"}
    assert list(undated([report, claim], [at_most], awaits)) == [
        ("final-report", "final_report_on"),
        ("claim", "the sum of instalment 2"),
    ]
    assert list(undated([a_planned_step(), claim], [a_withheld_instalment()], awaits)) == []
