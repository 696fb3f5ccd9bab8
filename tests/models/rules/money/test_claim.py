"""Hold when a claim may leave: every reason, and none by accident."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.facts.money import Unspent
from models.programme.instalment import InstalmentRule
from models.rules.money.claim import (
    ClaimDecision,
    ClaimFacts,
    ClaimReason,
    PayeeFact,
    find_over_claim,
    may_claim,
    may_state_sum,
)
from models.rules.money.payment import find_expected_minor
from models.tables.step import Step
from models.vocabulary import InstalmentStatus, OverClaim, StepStatus
from tests.rule_builders import a_withheld_instalment, an_approval

TODAY = date(2011, 3, 1)
APPROVED, FELL = an_approval(StepStatus.APPROVED), an_approval()
RELEASED = {"status": InstalmentStatus.RELEASED, "released_on": date(2011, 2, 25)}
FIRST = {"conditional": False, "status": InstalmentStatus.PLANNED}
ASKED = {"status": InstalmentStatus.RELEASABLE, "requested_by_id": 1}
NOTHING_SPENT: dict[str, Any] = {"over_minor": 10_000_000, "over": OverClaim.LESS, "why": "Vakant."}


def a_claim(
    about: str,
    reason: str,
    instalment: dict[str, Any],
    *conditions: Step,
    missing: tuple[str, ...] = (),
    **facts: Any,
) -> Any:
    """Return a row: a claim of an instalment with these conditions, and whether it may leave."""
    return pytest.param(instalment, conditions, facts, reason, missing, id=about)


REPORT = ("final-report-approval",)
CLAIMS = [
    a_claim("two people have confirmed its condition", "allowed", RELEASED, APPROVED),
    a_claim("today", "allowed", RELEASED, APPROVED, claimed_on=TODAY),
    a_claim("on the day of the release", "allowed", RELEASED, APPROVED, claimed_on=date(2011, 2, 25)),
    a_claim("on a day to come", "in_future", RELEASED, APPROVED, claimed_on=date(2011, 3, 2)),
    a_claim("before the release", "before_release", RELEASED, APPROVED, claimed_on=date(2011, 2, 24)),
    a_claim("nobody has confirmed", "not_released", {}, APPROVED),
    a_claim("it says what it waits for", "not_released", {}, FELL, missing=REPORT),
    a_claim("one person has confirmed", "not_released", ASKED, APPROVED),
    a_claim("withheld, and of no sum yet", "not_released", {"amount_minor": None}, FELL, missing=REPORT),
    a_claim("the approval was withdrawn since", "condition_fell", RELEASED, FELL, missing=REPORT),
    a_claim("to another account", "other_account", RELEASED, APPROVED, same_account=False),
    a_claim("more than is spent", "more_than_spent", RELEASED, APPROVED, over_minor=1),
    a_claim("nobody knows our account", "no_payee", RELEASED, APPROVED, unknown=(PayeeFact.ACCOUNT,)),
    a_claim("more, to be kept", "allowed", RELEASED, APPROVED, over_minor=1, over=OverClaim.KEEP),
    a_claim("less, without a word", "no_why", RELEASED, APPROVED, over_minor=1, over=OverClaim.LESS),
    a_claim("nothing of it is spent", "all_too_much", RELEASED, APPROVED, **NOTHING_SPENT),
    a_claim("it is claimed already", "already_claimed", {"status": InstalmentStatus.CLAIMED}, APPROVED),
    a_claim("it is paid already", "already_claimed", {"status": InstalmentStatus.PAID}, APPROVED),
    a_claim("what has no condition leaves with its claim", "allowed", FIRST, is_open=True),
    a_claim("but not before the claim is open", "not_yet_open", FIRST),
    a_claim("nothing says how much it is", "no_sum", FIRST | {"amount_minor": None}, is_open=True),
    a_claim("the claim itself does", "allowed", FIRST | {"amount_minor": None}, is_open=True, says_sum=True),
    a_claim("a sum of nought", "nothing_due", FIRST | {"amount_minor": 0}, is_open=True),
]


@pytest.mark.parametrize(("instalment", "conditions", "given_facts", "reason", "missing"), CLAIMS)
def test_claim_is(
    instalment: dict[str, Any],
    conditions: Sequence[Step],
    given_facts: dict[str, Any],
    reason: str,
    missing: tuple[str, ...],
) -> None:
    opening = {name: one for name, one in given_facts.items() if name in ("says_sum", "is_open", "unknown")}
    claimed = {name: one for name, one in given_facts.items() if name not in opening}
    facts = ClaimFacts(tuple(conditions), **opening)
    said = may_claim(a_withheld_instalment(**instalment), facts, today=TODAY, **claimed)
    assert said == ClaimDecision(ClaimReason(reason), missing)
    assert said.allowed is (reason == "allowed")


PAID = {"amount_minor": 40, "status": InstalmentStatus.PAID}


@pytest.mark.parametrize(
    ("first", "spent_minor", "over_minor"),
    [
        (PAID | {"paid_minor": 40}, 45, 5),
        pytest.param(PAID | {"paid_minor": 40}, 0, 50, id="nothing was spent"),
        pytest.param(PAID | {"paid_minor": 40}, None, 0, id="nobody knows what was spent"),
        pytest.param(PAID | {"paid_minor": 30}, 45, 5, id="the rest of the first part is waited for"),
        pytest.param(PAID | {"paid_minor": 30, "no_more_why": "Beslut."}, 45, 0, id="no more of it comes"),
        pytest.param(PAID | {"paid_minor": 30, "claimed_minor": 30}, 45, 0, id="less of it was claimed"),
        pytest.param(
            {"amount_minor": 40, "status": InstalmentStatus.PLANNED}, 0, 0, id="it is not claimed yet"
        ),
    ],
)
def test_claim_of_the_last_part_is_too_much_by(
    first: dict[str, Any], spent_minor: int | None, over_minor: int
) -> None:
    before = a_withheld_instalment(**first)
    unspent = None if spent_minor is None else Unspent(spent_minor, 40, "SEK")
    assert find_over_claim(10, [(before.status, find_expected_minor(before))], unspent) == over_minor


def test_claim_brings_less_where_something_was_paid_back() -> None:
    paid = (InstalmentStatus.PAID, 40)
    assert find_over_claim(10, [paid], Unspent(30, 40, "SEK", repaid_minor=10)) == 10


def test_every_reason_has_a_row() -> None:
    assert {row.values[3] for row in CLAIMS} == set(ClaimReason)


@given(
    status=st.sampled_from(InstalmentStatus),
    conditional=st.booleans(),
    approvals=st.lists(st.sampled_from(StepStatus), max_size=3),
    amount=st.none() | st.integers(0, 10**9),
    says_sum=st.booleans(),
    is_open=st.booleans(),
)
def test_no_claim_leaves_before_its_condition(
    status: InstalmentStatus,
    conditional: bool,
    approvals: list[StepStatus],
    amount: int | None,
    says_sum: bool,
    is_open: bool,
) -> None:
    row = a_withheld_instalment(status=status, conditional=conditional, amount_minor=amount)
    steps = [an_approval(one, key=f"approval-{number}") for number, one in enumerate(approvals)]
    facts = ClaimFacts(tuple(steps), says_sum=says_sum, is_open=is_open)
    said = may_claim(row, facts, today=TODAY)
    if said.allowed:
        assert status is InstalmentStatus.RELEASED or not conditional
        assert set(approvals) <= {StepStatus.APPROVED, StepStatus.CANCELLED}
        assert amount != 0
        assert amount is not None or says_sum


@pytest.mark.parametrize(
    ("rule", "status", "says"),
    [
        ({"share": "claimed"}, InstalmentStatus.PLANNED, True),
        ({"share": "claimed"}, InstalmentStatus.RELEASED, False),
        ({"share": "quarter.spent"}, InstalmentStatus.PLANNED, False),
        ({"share": "80 %"}, InstalmentStatus.PLANNED, False),
        (None, InstalmentStatus.PLANNED, False),
    ],
)
def test_sum_is_the_claims_to_say(rule: dict[str, Any] | None, status: InstalmentStatus, says: bool) -> None:
    given_rule = InstalmentRule.model_validate({"number": 1, **rule}) if rule else None
    assert may_state_sum(a_withheld_instalment(status=status), given_rule) is says
