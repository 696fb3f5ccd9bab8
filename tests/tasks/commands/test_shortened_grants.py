"""Hold what a shortened grant's money waits for: not for periods that it no longer has, and for all else as before."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from models.errors import InstalmentNotReady, ReleaseRefused
from models.rules.money.gate import GateReason
from models.rules.watch.findings import FindingKind
from models.vocabulary import AnswerKind, DecisionKind, StepStatus
from tasks.overview.grants import portfolio
from tasks.watch.audit import AuditMoment, audit
from tests.database_kinds import on_both
from tests.grant_scenes import (
    CONTROLLER,
    OWNER,
    ZONE,
    an_entry,
    answer,
    at,
    bring_in,
    claim,
    decide,
    open_grants,
    parts,
    pay,
    release,
    steps,
)
from tests.remembered import remembered

PREVIOUS = Path(__file__).parents[2] / "programmes" / "good" / "previous.yaml"
CLAIMED = str(Path(__file__).parents[2] / "programmes" / "horizon-claimed.yaml")
CHAINED = """\
programme: chained
extends: horizon-europe
steps:
  periodic-report: {needs: periodic-report.previous.approved}
payments:
  final: {claim: ~}
"""
YEAR = date(2026, 12, 31)
BEGINS, WHOLE, HALF, THREE_QUARTERS = (
    date(2026, 1, 1),
    date(2028, 12, 31),
    date(2027, 6, 30),
    date(2028, 3, 31),
)
FIRST, SECOND = "periodic-report-approval-m1-m18", "periodic-report-approval-m19-end"
APPROVED_ON, LATER = date(2027, 9, 10), date(2027, 9, 20)


def an_agreement(ends: date = WHOLE, **changes: Any) -> dict[str, Any]:
    """Return a grant of two reporting periods whose last payment waits for the approvals of both."""
    dates = {"applied_on": {"on": date(2025, 9, 1)}}
    entry = an_entry(programme=CLAIMED, dates=dates, period_start_on=BEGINS, period_end_on=ends)
    return entry | {"applied_for": 1_000_000} | changes


def open_agreement(engine: Engine) -> None:
    """Open it and decide on it."""

    def live() -> None:
        open_grants(engine, an_agreement(), on=date(2025, 9, 1))
        force = {"in_force_on": date(2025, 12, 1)}
        decide(engine, on=date(2025, 11, 20), amount_minor=100_000_000, dates=force)

    remembered(engine, "an agreement", live)


def end_at(engine: Engine, ends: date, on: date) -> None:
    """Let the grant end on another day."""
    bring_in(engine, on, grants=[an_agreement(ends)])


def approve_first(engine: Engine) -> None:
    """Send the first period's report, and have it approved."""
    data = {"spent": "1000", "activities": "Samverkan."}
    answer(engine, "periodic-report-m1-m18", date(2027, 8, 2), data=data)
    answer(engine, FIRST, APPROVED_ON, kind=AnswerKind.APPROVED)


def open_approved(engine: Engine) -> None:
    """Open it, decide on it, and have the first period's report approved."""

    def live() -> None:
        open_agreement(engine)
        approve_first(engine)

    remembered(engine, "an agreement, its first report approved", live)


def last(engine: Engine) -> tuple[str, tuple[str, ...]]:
    """Return where the last payment stands, and what it waits for, as `grants status` has it."""
    part = portfolio(engine, LATER)[0].instalments[2]
    assert part.status == parts(engine)[2].status
    return str(part.status), part.missing


def test_period_that_the_grant_no_longer_has_is_not_waited_for(engine: Engine) -> None:
    open_agreement(engine)
    end_at(engine, HALF, date(2027, 7, 1))
    assert steps(engine)[SECOND].status == StepStatus.CANCELLED
    assert last(engine) == ("withheld", (FIRST,))
    with pytest.raises(ReleaseRefused, match=f"its condition is not approved: {FIRST}$"):
        release(engine, date(2027, 8, 1), OWNER, 3)
    approve_first(engine)
    assert last(engine) == ("releasable", ())
    assert release(engine, LATER, OWNER, 3) is GateReason.REQUESTED
    assert release(engine, LATER, CONTROLLER, 3) is GateReason.CONFIRMED
    claim(engine, LATER, 3)
    assert last(engine) == ("claimed", ())


def test_shortening_after_the_approval_opens_the_gate_at_once(sqlite: Engine) -> None:
    open_approved(sqlite)
    assert last(sqlite) == ("withheld", (SECOND,))
    end_at(sqlite, HALF, LATER)
    assert last(sqlite) == ("releasable", ())


@on_both
def test_last_period_that_is_cut_short_is_waited_for_in_its_place(engine: Engine) -> None:
    open_approved(engine)
    end_at(engine, THREE_QUARTERS, LATER)
    shut = [key for key, step in steps(engine).items() if step.status == StepStatus.WAITING]
    (cut,) = [key for key in shut if key.startswith("periodic-report-approval")]
    assert last(engine) == ("withheld", (cut,))


def test_period_that_comes_back_is_waited_for_again(sqlite: Engine) -> None:
    open_approved(sqlite)
    end_at(sqlite, HALF, LATER)
    release(sqlite, LATER, OWNER, 3)
    end_at(sqlite, WHOLE, LATER)
    assert last(sqlite) == ("withheld", (SECOND,))
    assert parts(sqlite)[2].requested_by_id is None
    with pytest.raises(ReleaseRefused, match=SECOND):
        release(sqlite, LATER, CONTROLLER, 3)


@pytest.mark.parametrize(
    ("kind", "before"),
    # What is not asked for any longer cannot be returned.
    [(AnswerKind.RETURNED, True), (AnswerKind.WITHDRAWN, True), (AnswerKind.WITHDRAWN, False)],
)
def test_approval_that_was_taken_back_is_waited_for_in_a_shorter_grant_too(
    engine: Engine, kind: AnswerKind, *, before: bool
) -> None:
    """A shorter grant is no way round an approval that the funder refused, or that no longer stands."""
    open_approved(engine)
    data = {"spent": "1000", "activities": "Samverkan."}
    answer(engine, "periodic-report-m19-end", date(2029, 1, 20), data=data)
    if kind is AnswerKind.WITHDRAWN:
        answer(engine, SECOND, date(2029, 2, 1), kind=AnswerKind.APPROVED)
    for act in (0, 1) if before else (1, 0):
        if act:
            end_at(engine, HALF, date(2029, 2, 10))
        else:
            answer(engine, SECOND, date(2029, 2, 10), kind=kind, note="Fel uppgifter.")
    assert steps(engine)[SECOND].status in (StepStatus.WAITING, StepStatus.OPEN)
    assert last(engine) == ("withheld", (SECOND,))
    with pytest.raises(ReleaseRefused, match=SECOND):
        release(engine, date(2029, 2, 11), OWNER, 3)
    # It can still be given, so that the money is not locked for good.
    answer(engine, SECOND, date(2029, 2, 12), kind=AnswerKind.APPROVED)
    assert last(engine) == ("releasable", ())


def test_approval_that_was_imported_and_fell_with_another_is_waited_for_in_a_shorter_grant(
    engine: Engine, tmp_path: Path
) -> None:
    """The file did not say who gave it, so that no answer tells that it was ever given."""
    chained = tmp_path / "chained.yaml"
    chained.write_text(CHAINED, encoding="utf-8")
    done = {
        "funder-decision": date(2025, 11, 20),
        "periodic-report-m1-m18": date(2027, 8, 2),
        FIRST: APPROVED_ON,
        "periodic-report-m19-end": date(2029, 1, 20),
        SECOND: date(2029, 2, 1),
    }
    award = {
        "decided_on": date(2025, 11, 20),
        "amount": 1_000_000,
        "purpose": "det sökta",
        "source": "beslutet",
        "dates": {"in_force_on": date(2025, 12, 1)},
    }
    entry = an_agreement(programme=str(chained), decisions=[award], done=done)
    open_grants(engine, entry, on=date(2029, 2, 2))
    assert last(engine) == ("releasable", ())
    answer(engine, FIRST, date(2029, 2, 5), kind=AnswerKind.WITHDRAWN, note="Fel uppgifter.")
    answer(engine, FIRST, date(2029, 2, 6), kind=AnswerKind.APPROVED)
    bring_in(engine, date(2029, 2, 7), grants=[an_agreement(HALF, programme=str(chained))])
    assert last(engine) == ("withheld", (SECOND,))


def test_period_that_becomes_the_last_waits_for_what_the_last_one_does(engine: Engine) -> None:
    dates = {"applied_on": {"on": date(2025, 9, 1)}}
    entry = an_entry(programme="innovate-uk", dates=dates, period_start_on=BEGINS, period_end_on=YEAR)
    open_grants(engine, entry, on=date(2025, 9, 1))
    decide(engine, on=date(2025, 12, 10), amount_minor=100_000_000)
    bring_in(engine, date(2026, 2, 1), grants=[entry | {"period_end_on": date(2026, 6, 30)}])
    answer(engine, "quarterly-claim-m1-m3", date(2026, 4, 2), data={"spent": "1000"})
    claim(engine, date(2026, 4, 2), 1)
    answer(engine, "quarterly-claim-m4-m6", date(2026, 7, 2), data={"spent": "1000"})
    with pytest.raises(
        InstalmentNotReady, match=r"is withheld, not released.*; it waits for accountants-report-approval"
    ):
        claim(engine, date(2026, 7, 2), 2)
    answer(engine, "accountants-report", date(2026, 7, 3))
    answer(engine, "accountants-report-approval", date(2026, 7, 6), kind=AnswerKind.APPROVED)
    release(engine, date(2026, 7, 6), OWNER, 2)
    assert release(engine, date(2026, 7, 6), CONTROLLER, 2) is GateReason.CONFIRMED
    claim(engine, date(2026, 7, 6), 2)


def test_withdrawn_grant_releases_nothing_though_its_steps_are_cancelled(sqlite: Engine) -> None:
    open_approved(sqlite)
    decide(sqlite, DecisionKind.WITHDRAWAL, LATER, purpose="återkallat")
    assert steps(sqlite)[SECOND].status == StepStatus.CANCELLED
    assert parts(sqlite)[2].status == "withheld"


def test_money_decided_after_the_last_payment_waits_for_the_period_that_was_cut_short(sqlite: Engine) -> None:
    open_agreement(sqlite)
    end_at(sqlite, HALF, date(2027, 7, 1))
    approve_first(sqlite)
    for number in (1, 2):
        claim(sqlite, LATER, number)
        pay(sqlite, LATER, number)
    release(sqlite, LATER, OWNER, 3)
    release(sqlite, LATER, CONTROLLER, 3)
    decide(sqlite, DecisionKind.SUPPLEMENT, LATER, amount_minor=10_000_000)
    assert [part.status for part in parts(sqlite)][3:] == ["releasable"]
    end_at(sqlite, THREE_QUARTERS, LATER)
    assert [part.status for part in parts(sqlite)][3:] == ["withheld"]


@on_both
@pytest.mark.parametrize("claimed", [False, True])
def test_money_that_left_while_the_grant_was_shorter_stays_out_and_is_not_claimed(
    engine: Engine, *, claimed: bool
) -> None:
    open_approved(engine)
    end_at(engine, HALF, LATER)
    release(engine, LATER, OWNER, 3)
    release(engine, LATER, CONTROLLER, 3)
    if claimed:
        claim(engine, LATER, 3)
    on = date(2027, 9, 21)
    bring_in(engine, on, grants=[an_agreement(WHOLE)])
    assert "recovery-3" not in steps(engine)
    # It left rightly: nobody is alarmed.
    moment = AuditMoment(on, at(on), ZONE)
    assert [one for one in audit(engine, moment) if one.kind is FindingKind.RELEASED_UNAPPROVED] == []
    if not claimed:
        with pytest.raises(InstalmentNotReady, match=f"it cannot be claimed before it is given: {SECOND}"):
            claim(engine, on, 3)
    data = {"spent": "1000", "activities": "Samverkan."}
    answer(engine, "periodic-report-m19-end", date(2029, 1, 20), data=data)
    answer(engine, SECOND, date(2029, 2, 1), kind=AnswerKind.APPROVED)
    if not claimed:
        claim(engine, date(2029, 2, 1), 3)


def test_part_of_a_period_that_is_gone_is_never_released(sqlite: Engine) -> None:
    """Its only condition is cancelled: the condition is lost, not met."""
    ends = date(2026, 12, 31)
    entry = an_entry(programme=str(PREVIOUS), dates={}, period_start_on=BEGINS, period_end_on=ends)
    open_grants(sqlite, entry, on=date(2025, 12, 1))
    decide(sqlite, on=date(2025, 12, 10), amount_minor=100_000_000)
    bring_in(sqlite, date(2026, 2, 1), grants=[entry | {"period_end_on": date(2026, 3, 31)}])
    gone = parts(sqlite)[2]
    assert (gone.period, gone.status) == ("2026-Q3", "planned")
    with pytest.raises(ReleaseRefused):
        release(sqlite, date(2026, 2, 2), OWNER, gone.number)
