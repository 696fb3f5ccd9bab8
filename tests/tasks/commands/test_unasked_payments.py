"""Hold that nobody is asked to claim what the funder pays unasked, and that it waits for its approval all the same."""

from datetime import date
from pathlib import Path

from sqlalchemy import Engine

from models.errors import InstalmentNotReady
from models.rules.notices.contents import InstalmentFacts, expand_all_needs, find_claims_at_risk
from models.vocabulary import AnswerKind, InstalmentStatus, StepStatus
from tasks.programmes.files import read_programme
from tests.database_kinds import on_both
from tests.grant_scenes import (
    an_entry,
    answer,
    decide,
    do_round,
    open_grants,
    parts,
    pay,
    refused,
    steps,
    told,
)

UNASKED = str(Path(__file__).parents[2] / "programmes" / "unasked.yaml")
REST = 3
SENT_ON, APPROVED_ON, PAID_ON = date(2011, 2, 25), date(2011, 3, 21), date(2011, 4, 1)


def an_approved_grant(engine: Engine) -> None:
    """Open a grant of 2010, with both reports and the accounts answered, and the accounts approved."""
    open_grants(engine, an_entry(programme=UNASKED))
    decide(engine, amount_minor=10_000_000)
    answer(engine, "report-2010-h1", date(2010, 7, 20), data={"spent": "40000"})
    answer(engine, "report-2010-h2", date(2011, 1, 20), data={"spent": "50000"})
    answer(engine, "accounts", SENT_ON, data={"spent": "90000"})
    with refused(engine, InstalmentNotReady, "accounts-approval"):
        pay(engine, SENT_ON, REST)
    answer(engine, "accounts-approval", APPROVED_ON, kind=AnswerKind.APPROVED)


@on_both
def test_money_that_nobody_claims_waits_for_its_approval_and_is_paid(engine: Engine) -> None:
    an_approved_grant(engine)
    found = steps(engine)
    assert "claim-rest" not in found
    assert (found["payment-rest"].status, found["payment-rest"].due_on) == ("open", date(2011, 4, 20))
    rest = parts(engine)[REST - 1]
    assert (rest.status, rest.conditional, rest.released_on) == ("released", False, APPROVED_ON)
    do_round(engine, date(2011, 4, 1))
    assert [
        one for one in told(engine, "reminder", "escalation", "confirm_release") if "rest" in one[0]
    ] == []
    pay(engine, PAID_ON, REST)
    assert steps(engine)["payment-rest"].status == StepStatus.DONE


def test_withdrawn_approval_holds_unasked_money_again_and_asks_it_back_once_it_came(engine: Engine) -> None:
    an_approved_grant(engine)
    answer(engine, "accounts-approval", PAID_ON, kind=AnswerKind.WITHDRAWN, note="gäller inte")
    assert parts(engine)[REST - 1].status == InstalmentStatus.PLANNED
    assert "recovery-3" not in steps(engine)
    answer(engine, "accounts-approval", PAID_ON, kind=AnswerKind.APPROVED)
    pay(engine, PAID_ON, REST)
    answer(engine, "accounts-approval", PAID_ON, kind=AnswerKind.WITHDRAWN, note="gäller inte")
    assert steps(engine)["recovery-3"].status == StepStatus.OPEN


def test_last_claim_is_due_after_the_approval_that_it_waits_for(engine: Engine) -> None:
    open_grants(engine, an_entry(programme=UNASKED))
    decide(engine, amount_minor=10_000_000)
    answer(engine, "report-2010-h1", date(2010, 7, 20), data={"spent": "40000"})
    answer(engine, "report-2010-h2", date(2011, 1, 20), data={"spent": "50000"})
    found = steps(engine)
    assert (found["claim-costs-2010-h1"].status, found["claim-costs-2010-h1"].due_on) == (
        "open",
        date(2010, 7, 30),
    )
    assert (found["claim-costs-2010-h2"].status, found["claim-costs-2010-h2"].due_on) == ("waiting", None)
    do_round(engine, date(2011, 2, 2))
    assert [one for one in told(engine) if one[0] == "claim-costs-2010-h2"] == []
    answer(engine, "accounts", SENT_ON, data={"spent": "90000"})
    answer(engine, "accounts-approval", APPROVED_ON, kind=AnswerKind.APPROVED)
    claim = steps(engine)["claim-costs-2010-h2"]
    assert (claim.status, claim.due_on, claim.owner_role) == ("open", date(2011, 4, 4), "coordinator")


def test_unasked_money_is_at_stake_until_its_approval_is_given() -> None:
    programme = read_programme(Path(UNASKED))
    rest = InstalmentFacts(REST, None, InstalmentStatus.PLANNED, rule=2)
    for key in ("accounts", "accounts-approval"):
        found = find_claims_at_risk(programme, (key, None), [rest], expand_all_needs(programme))
        assert [(part, awaited.key) for part, awaited in found] == [(rest, "accounts-approval")]
    assert find_claims_at_risk(programme, ("report", "2010-H1"), [rest], expand_all_needs(programme)) == []
