"""Hold when the gate lets a withheld instalment go: every reason, and none by accident."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.money.gate import GateReason, ReleaseDecision, may_release, missing_conditions
from models.tables.money import Instalment
from models.tables.step import Step
from models.vocabulary import InstalmentStatus, StepStatus
from tests.rule_builders import a_withheld_instalment, an_approval

COORDINATOR, CONTROLLER, ELSEWHERE, ONLY_ASKS, BY_LINK, STRANGER = 1, 2, 3, 4, 5, 9
TODAY = date(2011, 2, 25)
APPROVED = an_approval(StepStatus.APPROVED)


CLICKS = [
    pytest.param(
        {"requested_by_id": COORDINATOR, "amount_minor": 9_999_999},
        [APPROVED],
        CONTROLLER,
        "sum_changed",
        (),
        id="the sum has shrunk since it was shown",
    ),
    pytest.param(
        {"requested_by_id": COORDINATOR, "amount_minor": 20_000_000},
        [APPROVED],
        CONTROLLER,
        "sum_changed",
        (),
        id="the sum has grown since it was shown",
    ),
    pytest.param({}, [APPROVED], COORDINATOR, "requested", (), id="the first person asks"),
    pytest.param(
        {"requested_by_id": COORDINATOR},
        [an_approval(StepStatus.APPROVED, with_funder=True, done_by_id=CONTROLLER)],
        CONTROLLER,
        "recorded_approval",
        (),
        id="the second person recorded the funder's approval",
    ),
    pytest.param(
        {},
        [an_approval(StepStatus.APPROVED, with_funder=True, done_by_id=COORDINATOR)],
        COORDINATOR,
        "requested",
        (),
        id="who recorded the funder's approval may be the first",
    ),
    pytest.param({}, [APPROVED], BY_LINK, "sign_in", (), id="who has no more than a link"),
    pytest.param(
        {"requested_by_id": COORDINATOR},
        [APPROVED],
        ELSEWHERE,
        "other_account",
        (),
        id="the account is not the one that was shown",
    ),
    pytest.param(
        {"requested_by_id": COORDINATOR},
        [APPROVED],
        ONLY_ASKS,
        "asked_already",
        (),
        id="a form that can only ask confirms nothing",
    ),
    pytest.param(
        {"requested_by_id": COORDINATOR, "requested_on": date(2011, 2, 26)},
        [APPROVED],
        CONTROLLER,
        "before_condition",
        (),
        id="the day comes before the request",
    ),
    pytest.param(
        {},
        [an_approval(StepStatus.APPROVED, done_on=date(2011, 2, 26))],
        COORDINATOR,
        "before_condition",
        (),
        id="the day comes before the approval",
    ),
    pytest.param(
        {"requested_by_id": COORDINATOR},
        [APPROVED],
        CONTROLLER,
        "confirmed",
        (),
        id="a second person confirms",
    ),
    pytest.param(
        {"requested_by_id": COORDINATOR},
        [APPROVED],
        COORDINATOR,
        "same_person",
        (),
        id="the first cannot confirm",
    ),
    pytest.param({}, [APPROVED], STRANGER, "no_role", (), id="somebody else cannot ask"),
    pytest.param(
        {"requested_by_id": COORDINATOR},
        [APPROVED],
        STRANGER,
        "no_role",
        (),
        id="somebody else cannot confirm",
    ),
    pytest.param(
        {},
        [an_approval()],
        COORDINATOR,
        "condition_missing",
        ("final-report-approval",),
        id="no approval yet",
    ),
    pytest.param(
        {},
        [APPROVED, an_approval(key="audit"), an_approval(StepStatus.WAITING, key="accounts")],
        COORDINATOR,
        "condition_missing",
        ("audit", "accounts"),
        id="all that is missing is named",
    ),
    pytest.param(
        {"requested_by_id": COORDINATOR},
        [an_approval()],
        CONTROLLER,
        "condition_missing",
        ("final-report-approval",),
        id="an approval withdrawn between the two",
    ),
    pytest.param(
        {"status": InstalmentStatus.RELEASABLE},
        [an_approval(StepStatus.DONE)],
        COORDINATOR,
        "condition_missing",
        ("final-report-approval",),
        id="done is not approved, whatever the instalment's status says",
    ),
    pytest.param(
        {},
        [an_approval(StepStatus.SKIPPED)],
        COORDINATOR,
        "condition_missing",
        ("final-report-approval",),
        id="skipped",
    ),
    pytest.param({}, [], COORDINATOR, "condition_missing", (), id="a condition without steps is not met"),
    pytest.param(
        {},
        [APPROVED, an_approval(StepStatus.CANCELLED, key="second-approval")],
        COORDINATOR,
        "requested",
        (),
        id="the period of the other is no longer the grant's",
    ),
    pytest.param(
        {},
        [an_approval(), an_approval(StepStatus.CANCELLED, key="second-approval")],
        COORDINATOR,
        "condition_missing",
        ("final-report-approval",),
        id="the one that is left is not approved",
    ),
    pytest.param(
        {},
        [an_approval(StepStatus.CANCELLED), an_approval(StepStatus.CANCELLED, key="second-approval")],
        COORDINATOR,
        "condition_missing",
        ("final-report-approval", "second-approval"),
        id="a condition of which nothing is left is lost, not met",
    ),
    pytest.param(
        {"amount_minor": None}, [APPROVED], COORDINATOR, "no_sum", (), id="no decision states a sum"
    ),
    pytest.param({"amount_minor": 0}, [APPROVED], COORDINATOR, "nothing_due", (), id="a sum of nought"),
    pytest.param(
        {"conditional": False, "status": InstalmentStatus.PLANNED},
        [],
        COORDINATOR,
        "no_condition",
        (),
        id="the decision releases an instalment without a condition",
    ),
    *[
        pytest.param(
            {"status": status, "requested_by_id": COORDINATOR},
            [APPROVED],
            CONTROLLER,
            "already_released",
            (),
            id=f"it is {status} already",
        )
        for status in (InstalmentStatus.RELEASED, InstalmentStatus.CLAIMED, InstalmentStatus.PAID)
    ],
    pytest.param(
        {"status": InstalmentStatus.PAID},
        [an_approval()],
        CONTROLLER,
        "already_released",
        (),
        id="paid, and the approval withdrawn since",
    ),
]


@pytest.mark.parametrize(("instalment", "conditions", "by_id", "reason", "missing"), CLICKS)
def test_gate_says(
    instalment: dict[str, Any], conditions: list[Step], by_id: int, reason: str, missing: tuple[str, ...]
) -> None:
    row = a_withheld_instalment(**instalment)
    said = may_release(
        row,
        conditions,
        by_ids={by_id},
        allowed_ids={COORDINATOR, CONTROLLER, ELSEWHERE, ONLY_ASKS, BY_LINK},
        today=TODAY,
        shown_minor=10_000_000,
        same_account=by_id != ELSEWHERE,
        first_only=by_id == ONLY_ASKS,
        signed_in=by_id != BY_LINK,
    )
    assert said == ReleaseDecision(GateReason(reason), missing)
    assert said.accepted is (reason in ("confirmed", "requested"))
    assert said.accepted is (reason in ("confirmed", "requested"))


def test_every_reason_has_a_row() -> None:
    assert {row.values[3] for row in CLICKS} == set(GateReason)


def test_conditions_can_be_read_once() -> None:
    said = may_release(
        a_withheld_instalment(),
        iter([an_approval()]),
        by_ids={COORDINATOR},
        allowed_ids=[COORDINATOR],
        today=TODAY,
    )
    assert said.missing == ("final-report-approval",)


people = st.integers(1, 4)


@given(
    status=st.sampled_from(InstalmentStatus),
    steps=st.lists(st.sampled_from(StepStatus), max_size=3),
    amount=st.none() | st.integers(0, 10**9),
    requested_by=st.none() | people,
    by_id=people,
    allowed=st.sets(people),
)
def test_money_goes_only_with_approval_and_two_people(
    status: InstalmentStatus,
    steps: list[StepStatus],
    amount: int | None,
    requested_by: int | None,
    by_id: int,
    allowed: set[int],
) -> None:
    row = a_withheld_instalment(status=status, amount_minor=amount, requested_by_id=requested_by)
    conditions = [an_approval(one, key=f"approval-{number}") for number, one in enumerate(steps)]
    before = a_copy(row)
    said = may_release(row, conditions, by_ids={by_id}, allowed_ids=allowed, today=TODAY)
    assert a_copy(row) == before
    assert set(said.missing) <= set(missing_conditions(conditions))
    if said.reason is GateReason.CONFIRMED:
        assert set(steps) - {StepStatus.CANCELLED} == {StepStatus.APPROVED}
        assert requested_by not in (None, by_id)
        assert by_id in allowed
        assert amount is not None
        assert status in (InstalmentStatus.PLANNED, InstalmentStatus.WITHHELD, InstalmentStatus.RELEASABLE)


def a_copy(row: Instalment) -> dict[str, Any]:
    """Return the row's values."""
    return dict(row.model_dump())
