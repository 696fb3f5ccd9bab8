"""Hold when a recorded decision may be corrected: every reason, and none by accident."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from models.rules.money.correction import Corrected, CorrectionDecision, CorrectionReason, may_correct
from models.tables.grant import Decision
from models.vocabulary import DecisionKind, GrantStatus, InstalmentStatus
from tests.rule_builders import a_withheld_instalment

AWARDED_ON = date(2009, 11, 5)


def a_decision(kind: str = "award", on: date = AWARDED_ON) -> Decision:
    """Return a recorded decision."""
    return Decision(
        grant_id=1, kind=DecisionKind(kind), decided_on=on, recorded_at=datetime(2009, 11, 5, tzinfo=UTC)
    )


AWARD, SUPPLEMENT, END = a_decision(), a_decision("supplement", date(2009, 12, 1)), a_decision("withdrawal")
CLAIMED = a_withheld_instalment(
    status=InstalmentStatus.CLAIMED, released_on=AWARDED_ON, claimed_on=date(2009, 11, 18)
)
PAID = a_withheld_instalment(status=InstalmentStatus.PAID, released_on=AWARDED_ON, paid_on=date(2009, 11, 18))
LATER = a_withheld_instalment(
    status=InstalmentStatus.CLAIMED, released_on=date(2009, 12, 1), claimed_on=date(2009, 12, 2)
)
RUNS: dict[str, Any] = {"status": GrantStatus.OPEN, "others": [], "instalments": []}


def new(*changed: str, on: date = AWARDED_ON, annulled: bool = False) -> Corrected:
    """Return what a correction makes of the award."""
    return Corrected(changed, on, annulled)


MOVED = new("decided_on", on=date(2009, 11, 19))
CORRECTIONS = [
    pytest.param(AWARD, new("purpose"), {}, "allowed", id="its words"),
    pytest.param(AWARD, new("amount_minor"), {}, "allowed", id="its sum"),
    pytest.param(AWARD, new(annulled=True), {}, "allowed", id="it was never made"),
    pytest.param(AWARD, new(), {}, "nothing_else", id="it is recorded so already"),
    pytest.param(
        AWARD,
        new("purpose"),
        {"status": "withdrawn", "others": [END]},
        "grant_ended",
        id="the grant has ended",
    ),
    pytest.param(
        END, new(annulled=True), {"status": "withdrawn"}, "allowed", id="what ended it can be annulled"
    ),
    pytest.param(END, new("decided_on"), {"status": "refused"}, "allowed", id="and corrected"),
    pytest.param(AWARD, new("purpose"), {"status": "closed"}, "grant_closed", id="closed: its words"),
    pytest.param(AWARD, new(annulled=True), {"status": "closed"}, "grant_closed", id="closed: annulled"),
    pytest.param(
        AWARD, new(annulled=True), {"others": [SUPPLEMENT]}, "award_needed", id="another adds to it"
    ),
    pytest.param(SUPPLEMENT, new(annulled=True), {"others": [AWARD]}, "allowed", id="the other can go"),
    pytest.param(
        AWARD,
        new("decided_on", on=date(2009, 12, 2)),
        {"others": [SUPPLEMENT]},
        "award_too_late",
        id="the award comes first",
    ),
    pytest.param(AWARD, MOVED, {"instalments": [CLAIMED]}, "money_left", id="claimed before its new day"),
    pytest.param(AWARD, MOVED, {"instalments": [PAID]}, "money_left", id="paid before its new day"),
    pytest.param(AWARD, MOVED, {"instalments": [LATER]}, "allowed", id="another decision let that go"),
    pytest.param(
        AWARD,
        new("decided_on", on=date(2009, 11, 18)),
        {"instalments": [CLAIMED]},
        "allowed",
        id="claimed on its new day",
    ),
]


@pytest.mark.parametrize(("old", "becomes", "facts", "reason"), CORRECTIONS)
def test_correction_is(old: Decision, becomes: Corrected, facts: dict[str, Any], reason: str) -> None:
    given = {**RUNS, **facts}
    found = may_correct(old, becomes, **given | {"status": GrantStatus(given["status"])})
    assert found.reason == reason
    assert found.allowed is (reason == "allowed")


def test_every_reason_has_a_row() -> None:
    assert {row.values[3] for row in CORRECTIONS} == set(CorrectionReason)


def test_refusal_names_what_stands_against_it() -> None:
    left = may_correct(AWARD, MOVED, **RUNS | {"instalments": [CLAIMED]})
    assert left == CorrectionDecision(CorrectionReason.MONEY_LEFT, instalment=CLAIMED)
    needed = may_correct(AWARD, new(annulled=True), **RUNS | {"others": [SUPPLEMENT]})
    assert needed.other is SUPPLEMENT
