"""Hold when the gate lets a withheld instalment go: every reason, and none by accident."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.duties import Proof
from models.rules.money.conditions import find_missing_conditions
from models.rules.money.confirmer import Confirmer, Confirmers, find_confirmers
from models.rules.money.gate import (
    DeclineReason,
    GateReason,
    ReleaseDecision,
    may_decline,
    may_release,
)
from models.tables.money import Instalment
from models.tables.step import Step
from models.vocabulary import InstalmentStatus, StepStatus
from tests.rule_builders import a_withheld_instalment, an_approval

COORDINATOR, CONTROLLER, ELSEWHERE, ONLY_ASKS, BY_LINK, BY_NAME, STRANGER = 1, 2, 3, 4, 5, 6, 9
ROLES = frozenset({COORDINATOR, CONTROLLER, ELSEWHERE, ONLY_ASKS, BY_LINK, BY_NAME})
TODAY = date(2011, 2, 25)
APPROVED = an_approval(StepStatus.APPROVED)


ASKED: dict[str, Any] = {"requested_by_id": COORDINATOR}
FUNDERS = an_approval(StepStatus.APPROVED, with_funder=True, done_by_id=CONTROLLER)
REPORT, NOBODYS = ("final-report-approval",), an_approval(StepStatus.CANCELLED, key="second-approval")


def click(
    why: str,
    reason: str,
    by_id: int = COORDINATOR,
    *,
    of: Sequence[Step] = (APPROVED,),
    missing: Sequence[str] = (),
    **instalment: Any,
) -> Any:
    """Return a row: somebody's click on an instalment with these conditions, and what the gate says."""
    return pytest.param(instalment, of, by_id, reason, tuple(missing), id=why)


CLICKS = [
    click("the first person asks", "requested"),
    click("a second person confirms", "confirmed", CONTROLLER, **ASKED),
    click("the first cannot confirm", "same_person", **ASKED),
    click("somebody else cannot ask", "no_role", STRANGER),
    click("somebody else cannot confirm", "no_role", STRANGER, **ASKED),
    click("who has no more than a link", "sign_in", BY_LINK),
    click("who is named by somebody asks", "requested", BY_NAME),
    click("who is named by somebody does not confirm", "named_only", BY_NAME, **ASKED),
    click(
        "all others recorded the funder's approval, so that nobody is left to confirm",
        *("nobody_else", COORDINATOR),
        of=[
            an_approval(StepStatus.APPROVED, key=f"approval-{one}", with_funder=True, done_by_id=one)
            for one in ROLES - {COORDINATOR}
        ],
    ),
    click(
        "the sum has shrunk since it was shown", "sum_changed", CONTROLLER, amount_minor=9_999_999, **ASKED
    ),
    click(
        "the sum has grown since it was shown", "sum_changed", CONTROLLER, amount_minor=20_000_000, **ASKED
    ),
    click("the account is not the one that was shown", "other_account", ELSEWHERE, **ASKED),
    click("a form that can only ask confirms nothing", "asked_already", ONLY_ASKS, **ASKED),
    click("who recorded the funder's approval", "recorded_approval", CONTROLLER, of=[FUNDERS], **ASKED),
    click("who recorded the funder's approval may be the first", "requested", CONTROLLER, of=[FUNDERS]),
    click(
        "the day comes before the request",
        *("before_condition", CONTROLLER),
        **ASKED | {"requested_on": date(2011, 2, 26)},
    ),
    click(
        "the day comes before the approval",
        "before_condition",
        of=[an_approval(StepStatus.APPROVED, done_on=date(2011, 2, 26))],
    ),
    # Its conditions.
    click("no approval yet", "condition_missing", of=[an_approval()], missing=REPORT),
    click(
        "all that is missing is named",
        "condition_missing",
        of=[APPROVED, an_approval(key="audit"), an_approval(StepStatus.WAITING, key="accounts")],
        missing=["audit", "accounts"],
    ),
    click(
        "an approval withdrawn between the two",
        *("condition_missing", CONTROLLER),
        of=[an_approval()],
        missing=REPORT,
        **ASKED,
    ),
    click(
        "done is not approved, whatever the instalment's status says",
        "condition_missing",
        of=[an_approval(StepStatus.DONE)],
        missing=REPORT,
        status=InstalmentStatus.RELEASABLE,
    ),
    click("skipped", "condition_missing", of=[an_approval(StepStatus.SKIPPED)], missing=REPORT),
    click("a condition without steps is not met", "condition_missing", of=[]),
    click("the period of the other is no longer the grant's", "requested", of=[APPROVED, NOBODYS]),
    click(
        "the one that is left is not approved",
        "condition_missing",
        of=[an_approval(), NOBODYS],
        missing=REPORT,
    ),
    click(
        "a condition of which nothing is left is lost, not met",
        "condition_missing",
        of=[an_approval(StepStatus.CANCELLED), NOBODYS],
        missing=[*REPORT, "second-approval"],
    ),
    # What it is of.
    click("no decision states a sum", "no_sum", amount_minor=None),
    click("a sum of nought", "nothing_due", amount_minor=0),
    click(
        "the decision releases an instalment without a condition",
        "no_condition",
        of=[],
        conditional=False,
        status=InstalmentStatus.PLANNED,
    ),
    *(
        click(f"it is {status} already", "already_released", CONTROLLER, status=status, **ASKED)
        for status in (InstalmentStatus.RELEASED, InstalmentStatus.CLAIMED, InstalmentStatus.PAID)
    ),
    click(
        "paid, and the approval withdrawn since",
        *("already_released", CONTROLLER),
        of=[an_approval()],
        status=InstalmentStatus.PAID,
    ),
]


def who(person_id: int) -> Confirmer:
    """Return who clicks: a person who signed in, save two."""
    proof = {BY_LINK: Proof.LINK, BY_NAME: Proof.NAMED}.get(person_id, Proof.SIGNED_IN)
    return Confirmer(person_id, proof)


ALL = Confirmers(ROLES, {})
# The controller's second account is the coordinator's, or has no role.
ONE_MAILBOX = dict.fromkeys((COORDINATOR, CONTROLLER, STRANGER), "anna@example.org")


@pytest.mark.parametrize(("instalment", "conditions", "by_id", "reason", "missing"), CLICKS)
def test_gate_says(
    instalment: dict[str, Any], conditions: Sequence[Step], by_id: int, reason: str, missing: tuple[str, ...]
) -> None:
    row = a_withheld_instalment(**instalment)
    said = may_release(
        row,
        conditions,
        by=who(by_id),
        confirmers=ALL,
        today=TODAY,
        shown_minor=10_000_000,
        same_account=by_id != ELSEWHERE,
        first_only=by_id == ONLY_ASKS,
    )
    assert said == ReleaseDecision(GateReason(reason), missing)
    assert said.accepted is (reason in ("confirmed", "requested"))


def test_every_reason_has_a_row() -> None:
    assert {row.values[3] for row in CLICKS} == set(GateReason)


def test_conditions_can_be_read_once() -> None:
    said = may_release(
        a_withheld_instalment(),
        iter([an_approval()]),
        by=who(COORDINATOR),
        confirmers=ALL,
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
    said = may_release(
        row, conditions, by=who(by_id), confirmers=Confirmers(frozenset(allowed), {}), today=TODAY
    )
    assert a_copy(row) == before
    assert set(said.missing) <= {step.key for step in find_missing_conditions(conditions)}
    if said.reason is GateReason.CONFIRMED:
        assert set(steps) - {StepStatus.CANCELLED} == {StepStatus.APPROVED}
        assert requested_by not in (None, by_id)
        assert by_id in allowed
        assert amount is not None
        assert status in (InstalmentStatus.PLANNED, InstalmentStatus.WITHHELD, InstalmentStatus.RELEASABLE)


@pytest.mark.parametrize(
    ("by_id", "instalment", "conditions", "reason"),
    [
        pytest.param(CONTROLLER, ASKED, APPROVED, "same_person", id="the first's second account"),
        pytest.param(STRANGER, {}, APPROVED, "no_role", id="an account without a role"),
        pytest.param(COORDINATOR, {}, APPROVED, "nobody_else", id="all others are the first"),
        pytest.param(ELSEWHERE, {}, FUNDERS, "nobody_else", id="all others recorded the approval"),
        pytest.param(
            COORDINATOR, {"requested_by_id": ELSEWHERE}, FUNDERS, "recorded_approval", id="the recorder"
        ),
    ],
)
def test_two_accounts_with_one_mailbox_are_one_person(
    by_id: int, instalment: dict[str, Any], conditions: Step, reason: str
) -> None:
    confirmers = Confirmers(frozenset({COORDINATOR, CONTROLLER, *({by_id} - {STRANGER})}), ONE_MAILBOX)
    said = may_release(
        a_withheld_instalment(**instalment), [conditions], by=who(by_id), confirmers=confirmers, today=TODAY
    )
    assert said.reason is GateReason(reason)


@pytest.mark.parametrize(
    ("by_id", "asked_by", "why", "reason"),
    [
        pytest.param(CONTROLLER, COORDINATOR, "Fel år.", "allowed", id="the second says no"),
        pytest.param(BY_NAME, COORDINATOR, "Fel år.", "allowed", id="by name, as no money goes"),
        pytest.param(CONTROLLER, COORDINATOR, " ", "no_reason", id="without a reason"),
        pytest.param(COORDINATOR, COORDINATOR, "Fel år.", "same_person", id="who asked"),
        pytest.param(STRANGER, COORDINATOR, "Fel år.", "no_role", id="somebody else"),
        pytest.param(BY_LINK, COORDINATOR, "Fel år.", "sign_in", id="by a link"),
        pytest.param(CONTROLLER, None, "Fel år.", "allowed", id="the first says no"),
        pytest.param(CONTROLLER, None, "", "no_reason", id="the first, without a reason"),
        pytest.param(STRANGER, None, "Fel år.", "no_role", id="somebody else, as the first"),
    ],
)
def test_release_is_declined_by_either_of_two(
    by_id: int, asked_by: int | None, why: str, reason: str
) -> None:
    row = a_withheld_instalment(status=InstalmentStatus.RELEASABLE, requested_by_id=asked_by)
    said = may_decline(row, by=who(by_id), confirmers=ALL, why=why)
    assert said.reason is DeclineReason(reason)


def test_only_a_part_that_waits_to_be_confirmed_is_declined() -> None:
    for status in InstalmentStatus:
        row = a_withheld_instalment(status=status, requested_by_id=COORDINATOR)
        said = may_decline(row, by=who(CONTROLLER), confirmers=ALL, why="Fel år.")
        waits = status is InstalmentStatus.RELEASABLE
        assert said.reason is (DeclineReason.ALLOWED if waits else DeclineReason.NOT_RELEASABLE)


@pytest.mark.parametrize(
    ("told", "departed", "found"),
    [
        pytest.param({"coordinator": 1, "controller": 2}, {1: None, 2: None}, {1, 2}, id="both have a role"),
        pytest.param(
            {"coordinator": 1, "controller": 3}, {1: None, 2: None}, {1}, id="another's in the journal"
        ),
        pytest.param({"coordinator": 1}, {1: None, 2: None}, {1}, id="unknown to the journal"),
        pytest.param({"coordinator": 1, "controller": 2}, {1: TODAY, 2: None}, {2}, id="left today"),
        pytest.param(
            {"coordinator": 1, "controller": 2}, {1: date(2011, 2, 26), 2: None}, {1, 2}, id="leaves tomorrow"
        ),
    ],
)
def test_money_is_confirmed_by_roles_that_the_journal_knows(
    told: dict[str, int], departed: dict[int, date | None], found: set[int]
) -> None:
    assert find_confirmers({"coordinator": 1, "controller": 2}, told, departed, TODAY) == found


def a_copy(row: Instalment) -> dict[str, Any]:
    """Return the row's values."""
    return dict(row.model_dump())
