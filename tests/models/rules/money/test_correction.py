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
GONE = new(annulled=True)
MOVED_PAST, AS_CLAIMED = new("decided_on", on=date(2009, 12, 2)), new("decided_on", on=date(2009, 11, 18))


def a_correction(why: str, reason: str, becomes: Corrected, old: Decision = AWARD, **facts: Any) -> Any:
    """Return a row: what becomes of a decision of a grant, and whether it may."""
    return pytest.param(old, becomes, facts, reason, id=why)


CORRECTIONS = [
    a_correction("its words", "allowed", new("purpose")),
    a_correction("its sum", "allowed", new("amount_minor")),
    a_correction("it was never made", "allowed", GONE),
    a_correction("it is recorded so already", "nothing_else", new()),
    a_correction("the grant has ended", "grant_ended", new("purpose"), status="withdrawn", others=[END]),
    a_correction("what ended it can be annulled", "allowed", GONE, END, status="withdrawn"),
    a_correction("and corrected", "allowed", new("decided_on"), END, status="refused"),
    a_correction("closed: its words", "grant_closed", new("purpose"), status="closed"),
    a_correction("closed: annulled", "grant_closed", GONE, status="closed"),
    a_correction("another adds to it", "award_needed", GONE, others=[SUPPLEMENT]),
    a_correction("the other can go", "allowed", GONE, SUPPLEMENT, others=[AWARD]),
    a_correction("the award comes first", "award_too_late", MOVED_PAST, others=[SUPPLEMENT]),
    a_correction("claimed before its new day", "money_left", MOVED, instalments=[CLAIMED]),
    a_correction("paid before its new day", "money_left", MOVED, instalments=[PAID]),
    a_correction("another decision let that go", "allowed", MOVED, instalments=[LATER]),
    a_correction("claimed on its new day", "allowed", AS_CLAIMED, instalments=[CLAIMED]),
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
