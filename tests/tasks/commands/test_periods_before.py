"""Hold what waits for the period before: an advance leaves when the certificate of the quarter before is there."""

from datetime import date
from pathlib import Path

from sqlalchemy import Engine

from models.rules.dates.anchors import KnownDate
from models.rules.dates.plan import plan_steps
from models.rules.dates.selection import PlanFacts
from models.rules.money.gate import GateReason
from models.vocabulary import AnswerKind, StepStatus
from tests.database_kinds import on_both
from tests.grant_scenes import (
    CONTROLLER,
    OWNER,
    an_entry,
    answer,
    bring_in,
    claim,
    decide,
    open_grants,
    release,
    steps,
    sums,
)
from tests.plan_files import read_plan

PREVIOUS = Path(__file__).parents[2] / "programmes" / "good" / "previous.yaml"
ENDS = PREVIOUS.with_name("ends.yaml")
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)


def open_advances(engine: Engine) -> None:
    """Open a grant of four quarters under the programme, decided, its plan sent and its first advance claimed."""
    entry = an_entry(programme=str(PREVIOUS), dates={}, period_start_on=FIRST, period_end_on=LAST)
    open_grants(engine, entry, on=date(2025, 12, 1))
    decide(engine, on=date(2025, 12, 10), amount_minor=100_000_000)
    answer(engine, "plan", date(2025, 12, 12))


def status(engine: Engine, key: str) -> str:
    return str(steps(engine)[key].status)


@on_both
def test_first_advance_leaves_at_once_and_the_next_waits_for_the_certificate(engine: Engine) -> None:
    open_advances(engine)
    assert sums(engine) == [("released", 25_000_000), *[("withheld", 25_000_000)] * 3]
    assert status(engine, "advance-2026-q1") == StepStatus.OPEN
    assert status(engine, "advance-2026-q2") == StepStatus.WAITING
    claim(engine, date(2026, 1, 7), 1)
    answer(engine, "spending-2026-q1", date(2026, 4, 10))
    assert sums(engine)[1] == ("withheld", 25_000_000)
    answer(engine, "certificate-2026-q1", date(2026, 4, 20), kind=AnswerKind.APPROVED)
    assert sums(engine)[1:] == [("releasable", 25_000_000), *[("withheld", 25_000_000)] * 2]
    assert (status(engine, "advance-2026-q2"), steps(engine)["advance-2026-q2"].due_on) == (
        "open",
        date(2026, 5, 4),
    )
    assert release(engine, date(2026, 4, 21), OWNER) is GateReason.REQUESTED
    assert release(engine, date(2026, 4, 22), CONTROLLER) is GateReason.CONFIRMED
    assert sums(engine)[1:] == [("released", 25_000_000), *[("withheld", 25_000_000)] * 2]


def test_certificate_that_is_refused_for_the_last_period_reopens_what_it_was_folded_into(
    sqlite: Engine,
) -> None:
    open_advances(sqlite)
    claim(sqlite, date(2026, 1, 7), 1)
    answer(sqlite, "spending-2026-q1", date(2026, 4, 10))
    answer(sqlite, "final-report", date(2027, 1, 20))
    answer(sqlite, "certificate-2026-q4", date(2027, 1, 27), kind=AnswerKind.RETURNED, note="Summan saknas.")
    assert (status(sqlite, "final-report"), status(sqlite, "spending-2026-q1")) == ("open", "done")


def test_step_between_two_sums_is_there_for_those_alone() -> None:
    programme = read_plan(PREVIOUS)
    there = {}
    for award in (999_999, 1_000_000, 199_999_999, 200_000_000):
        facts = PlanFacts({"decided_on": KnownDate(FIRST)}, FIRST, LAST, award_minor=award)
        there[award] = [one.key for one in plan_steps(programme, facts) if one.rule.key == "simple-account"]
    account = ["simple-account"]
    assert there == {999_999: [], 1_000_000: account, 199_999_999: account, 200_000_000: []}


def open_ends(engine: Engine) -> None:
    """Open a grant of three years whose parts wait for its first and its last yearly report."""
    entry = an_entry(programme=str(ENDS), dates={}, period_start_on=FIRST, period_end_on=date(2028, 12, 31))
    open_grants(engine, entry, on=date(2025, 12, 1))
    decide(engine, on=date(2025, 12, 10), amount_minor=100_000_000)


def test_claim_waits_for_the_first_periods_approval_or_the_lasts_and_not_for_all(engine: Engine) -> None:
    open_ends(engine)
    assert [status(engine, key) for key in ("claim-middle", "claim-balance")] == ["waiting", "waiting"]
    answer(engine, "report-2026", date(2027, 2, 10))
    answer(engine, "report-approval-2026", date(2027, 3, 1), kind=AnswerKind.APPROVED)
    assert [status(engine, key) for key in ("claim-middle", "claim-balance")] == ["open", "waiting"]
    assert sums(engine)[1:] == [("releasable", 40_000_000), ("withheld", 20_000_000)]
    answer(engine, "report-2028", date(2029, 2, 10))
    answer(engine, "report-approval-2028", date(2029, 3, 1), kind=AnswerKind.APPROVED)
    assert status(engine, "claim-balance") == StepStatus.OPEN
    assert sums(engine)[2] == ("releasable", 20_000_000)


def test_period_that_the_grant_no_longer_has_is_not_the_last(engine: Engine) -> None:
    open_ends(engine)
    answer(engine, "report-2026", date(2027, 2, 10))
    answer(engine, "report-approval-2026", date(2027, 3, 1), kind=AnswerKind.APPROVED)
    shorter = an_entry(programme=str(ENDS), dates={}, period_start_on=FIRST, period_end_on=date(2027, 12, 31))
    bring_in(engine, date(2027, 3, 10), grants=[shorter])
    assert status(engine, "report-approval-2028") == StepStatus.CANCELLED
    assert status(engine, "claim-balance") == StepStatus.WAITING
    assert sums(engine)[2] == ("withheld", 20_000_000)
    answer(engine, "report-2027", date(2028, 2, 10))
    answer(engine, "report-approval-2027", date(2028, 3, 1), kind=AnswerKind.APPROVED)
    assert status(engine, "claim-balance") == StepStatus.OPEN
