"""Record a funder's decisions on both databases: what they set, settle and refuse."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from models.errors import AnswerRefused, BadInput, Refused
from models.rules.watch.findings import FindingKind
from models.vocabulary import AnswerKind, DecisionKind, OverClaim
from tasks.grant.records import find_record
from tasks.overview.grants import portfolio
from tasks.overview.titles import step_titles
from tasks.store.database import reading
from tasks.watch.audit import AuditMoment, audit
from tasks.words.translator import translator
from tests.database_kinds import on_both
from tests.grant_scenes import (
    CONTROLLER,
    DEPUTY,
    FIGURES,
    ORGANISATIONS,
    OWNER,
    STAGES,
    a_grant_that_was,
    a_staff,
    an_entry,
    an_open_entry,
    answer,
    at,
    bring_in,
    claim,
    decide,
    do_round,
    events,
    grant,
    letters,
    open_grants,
    parts,
    pay,
    play,
    refused,
    release,
    steps,
    sums,
    told,
)
from tests.receipt_words import in_words

STRANGERS = Path(__file__).parents[2] / "programmes" / "strangers"
AWARDED_ON = date(2009, 11, 5)
SUPPLEMENT, AMENDMENT = DecisionKind.SUPPLEMENT, DecisionKind.AMENDMENT
REFUSAL, WITHDRAWAL = DecisionKind.REFUSAL, DecisionKind.WITHDRAWAL


@on_both
def test_award_sets_sums_dates_and_the_first_release(engine: Engine) -> None:
    a_grant_that_was(engine, "decided")
    assert grant(engine).award_minor == 50_000_000
    assert sums(engine) == [("released", 40_000_000), ("withheld", 10_000_000)]
    assert parts(engine)[0].released_on == AWARDED_ON
    found = steps(engine)
    assert found["final-report"].due_on == date(2011, 1, 20)
    assert (found["funder-decision"].status, found["funder-decision"].done_on) == ("done", AWARDED_ON)
    assert (found["claim-advance"].status, found["claim-advance"].due_on) == ("open", date(2009, 11, 19))
    assert found["claim-balance"].due_on is None
    assert told(engine) == [("funder-decision", "decided-award-2009-11-05", OWNER)]
    assert letters(engine) == [(OWNER, AWARDED_ON, "decision")]


def test_award_settles_an_application_that_nobody_confirmed(engine: Engine) -> None:
    open_grants(engine)
    decide(engine)
    assert {steps(engine)[key].status for key in ("application", "funder-decision")} == {"done"}


def test_award_adds_up_over_several_decisions(engine: Engine) -> None:
    a_grant_that_was(engine, "decided")
    decide(engine, SUPPLEMENT, date(2009, 12, 1), amount_minor=3_000_001)
    decide(engine, AMENDMENT, date(2009, 12, 3), amount_minor=2)
    assert grant(engine).award_minor == 53_000_003
    # What is released keeps its sum: the last part takes the remainder.
    assert sums(engine) == [("released", 40_000_000), ("withheld", 13_000_003)]


def test_total_covers_decisions_whose_own_part_is_not_known(engine: Engine) -> None:
    open_grants(engine, an_open_entry())
    decide(engine, on=date(2009, 1, 16), reference="REF-9", today=AWARDED_ON, purpose="informatör")
    assert (grant(engine, "REF-9").award_minor, sums(engine, "REF-9")) == (None, [("planned", None)])
    assert steps(engine, "REF-9")["claim-whole"].due_on is None
    decide(
        engine,
        SUPPLEMENT,
        date(2009, 4, 16),
        reference="REF-9",
        today=AWARDED_ON,
        total_minor=78_900_000,
    )
    assert sums(engine, "REF-9") == [("released", 78_900_000)]
    assert parts(engine, "REF-9")[0].released_on == date(2009, 4, 16)
    assert steps(engine, "REF-9")["claim-whole"].due_on == date(2009, 4, 30)


@on_both
def test_award_can_become_smaller_down_to_what_is_released(engine: Engine) -> None:
    a_grant_that_was(engine, "decided")
    decide(engine, AMENDMENT, date(2010, 2, 1), total_minor=40_000_000)
    assert sums(engine) == [("released", 40_000_000), ("planned", 0)]


@pytest.mark.parametrize("total", [0, 39_999_999])
def test_award_smaller_than_what_is_released_is_refused(sqlite: Engine, total: int) -> None:
    a_grant_that_was(sqlite, "decided")
    with refused(sqlite, Refused, "smaller than what is released"):
        decide(sqlite, AMENDMENT, date(2010, 2, 1), total_minor=total)


@on_both
def test_supplement_after_the_last_release_becomes_an_instalment_of_its_own(engine: Engine) -> None:
    a_grant_that_was(engine, "last paid")
    decide(engine, SUPPLEMENT, date(2011, 3, 24), amount_minor=5_000_000)
    assert sums(engine) == [("paid", 40_000_000), ("paid", 10_000_000), ("releasable", 5_000_000)]
    # Its first letter would come a week before it is due: what is new is told at once, and once.
    assert told(engine, "moved") == [("claim-balance-3", "new-1", OWNER)]
    decide(engine, SUPPLEMENT, date(2011, 3, 25), amount_minor=1_000_000)
    assert sums(engine)[2:] == [("releasable", 6_000_000)]
    assert steps(engine)["claim-balance-3"].status == "open"
    with reading(engine) as connection:
        titles = step_titles(connection, ["REF-1"], translator("sv"))
        record = find_record(connection, "REF-1")
        assert record is not None
        rules = [record.rule_of(step) for step in record.steps]
    assert titles["REF-1", "claim-balance-3"] == "rekvisition av del 3 (tillägg)"
    assert titles["REF-1", "payment-balance-3"] == "utbetalning av del 3 (tillägg)"
    assert len(set(titles.values())) == len(titles)
    assert "rekvisitionen av del 3 (tillägg)" in {
        rule.definite.sv for rule in rules if rule and rule.definite
    }
    # The approval that it waits for came long before: its claim counts from what added it.
    assert steps(engine)["claim-balance-3"].due_on == date(2011, 4, 7)
    release(engine, date(2011, 3, 25), OWNER, 3)
    release(engine, date(2011, 3, 28), CONTROLLER, 3)
    decide(engine, SUPPLEMENT, date(2011, 3, 28), amount_minor=700_000)
    assert sums(engine)[2:] == [("released", 6_000_000), ("releasable", 700_000)]
    claim(engine, date(2011, 3, 30), 3)
    pay(engine, date(2011, 4, 20), 3)
    assert steps(engine)["payment-balance-4"].status == "waiting"
    release(engine, date(2011, 4, 21), OWNER, 4)
    release(engine, date(2011, 4, 21), CONTROLLER, 4)
    claim(engine, date(2011, 4, 26), 4, over=OverClaim.KEEP)
    with pytest.raises(AnswerRefused, match="close: it waits for: payment-balance-4"):
        answer(engine, "close", date(2011, 5, 20))
    pay(engine, date(2011, 5, 20), 4)
    answer(engine, "close", date(2011, 5, 20))
    assert sum(part.paid_minor for part in parts(engine)) == grant(engine).award_minor == 56_700_000
    assert grant(engine).status == "closed"


def test_supplement_waits_for_no_approval_that_the_grant_does_not_have(sqlite: Engine) -> None:
    # Each year's money waits for the approval of the year before: a grant of one year has none.
    programme = STRANGERS / "arvsfonden.yaml"
    open_grants(sqlite, an_entry(programme=str(programme), dates={}))
    decide(sqlite, amount_minor=50_000_000)
    decide(sqlite, SUPPLEMENT, date(2009, 12, 1), amount_minor=5_000_000)
    assert sums(sqlite) == [("released", 50_000_000), ("released", 5_000_000)]
    claim(sqlite, date(2010, 1, 12), 2)
    assert sums(sqlite)[1:] == [("claimed", 5_000_000)]


def test_late_first_claim_stays_late_after_a_supplement_whose_own_claim_counts_from_it(
    engine: Engine,
) -> None:
    open_grants(engine, an_open_entry(), on=date(2009, 1, 2))
    decide(engine, on=date(2009, 1, 16), reference="REF-9", amount_minor=50_000_000)
    do_round(engine, date(2009, 2, 2))
    assert {key for key, _, _ in told(engine, "escalation")} == {"claim-whole"}
    decide(engine, SUPPLEMENT, date(2009, 4, 16), reference="REF-9", amount_minor=28_900_000)
    assert told(engine, "moved") == [("claim-whole-2", "new-1", OWNER)]  # its first reminder comes later
    found = steps(engine, "REF-9")
    first, added = found["claim-whole"], found["claim-whole-2"]
    assert (str(first.due_on), str(added.due_on)) == ("2009-01-30", "2009-04-30")
    assert "made" not in first.receipt
    assert (
        in_words(added.receipt).rule == "; counted from the supplement of 2009-04-16, on which the step rests"
    )
    assert (
        in_words(added.receipt).arithmetic
        == "the supplement of 2009-04-16; 2009-04-16 + 14 days = 2009-04-30"
    )
    assert in_words(added.receipt, "sv").rule == (
        "; räknat från tilläggsbeslutet 2009-04-16, som steget bygger på"
    )


@on_both
@pytest.mark.parametrize("reaches", ["applied", "decided", "first paid"])
def test_withdrawal_ends_the_grant(engine: Engine, reaches: str) -> None:
    a_grant_that_was(engine, reaches)
    decide(engine, WITHDRAWAL, date(2010, 2, 1))
    row = grant(engine)
    assert (row.status, row.closed_on) == ("withdrawn", date(2010, 2, 1))
    assert {step.status for step in steps(engine).values()} <= {"done", "cancelled"}
    assert {step.next_action_on for step in steps(engine).values()} == {None}
    assert events(engine)[-2:] == ["grant_withdrawn", "decided_queued"]


def test_refusal_ends_the_grant(engine: Engine) -> None:
    a_grant_that_was(engine, "applied")
    decide(engine, REFUSAL, date(2009, 11, 5))
    assert grant(engine).status == "refused"
    assert sums(engine) == [("planned", None), ("planned", None)]
    assert told(engine) == [("funder-decision", "decided-refusal-2009-11-05", OWNER)]


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(lambda engine: decide(engine, AMENDMENT, date(2010, 3, 1)), id="decide"),
        pytest.param(lambda engine: claim(engine, date(2010, 3, 1), 1), id="claim"),
        pytest.param(lambda engine: release(engine, date(2010, 3, 1), OWNER), id="release"),
        pytest.param(lambda engine: answer(engine, "final-report", date(2010, 3, 1)), id="answer"),
        pytest.param(
            lambda engine: answer(
                engine, "final-report-approval", date(2010, 3, 1), kind=AnswerKind.APPROVED
            ),
            id="approve",
        ),
    ],
)
def test_grant_that_was_withdrawn_takes_nothing_more(sqlite: Engine, act: Callable[[Engine], object]) -> None:
    a_grant_that_was(sqlite, "decided")
    decide(sqlite, WITHDRAWAL, date(2010, 2, 1))
    with refused(sqlite, Refused, "grant REF-1 is withdrawn"):
        act(sqlite)


def test_money_on_its_way_is_still_booked_after_a_withdrawal(engine: Engine) -> None:
    a_grant_that_was(engine, "first claimed")
    decide(engine, WITHDRAWAL, date(2009, 12, 1))
    pay(engine, date(2009, 12, 11), 1)
    assert sums(engine) == [("paid", 40_000_000), ("withheld", 10_000_000)]


@pytest.mark.parametrize(
    ("reaches", "kind", "values", "error", "says"),
    [
        ("decided", DecisionKind.AWARD, {"amount_minor": 1}, Refused, "record a supplement or an amendment"),
        ("decided", REFUSAL, {}, Refused, "has an award already; record a withdrawal"),
        ("applied", SUPPLEMENT, {"amount_minor": 1}, Refused, "a supplement needs an award first"),
        (
            "decided",
            SUPPLEMENT,
            {"on": date(2009, 11, 4), "amount_minor": 1},
            Refused,
            "cannot come before the award of 2009-11-05",
        ),
        (
            "applied",
            DecisionKind.AWARD,
            {"dates": {"final_on": date(2011, 1, 1)}},
            BadInput,
            "the programme has no date 'final_on'; it has: applied_on, final_report_on",
        ),
        ("decided", SUPPLEMENT, {"amount_minor": 2 * 10**18}, BadInput, "larger than any sum"),
        ("decided", AMENDMENT, {"purpose": "För 811218-9876"}, BadInput, "purpose: holds a personal"),
        ("closed", SUPPLEMENT, {"amount_minor": 1, "on": date(2011, 4, 1)}, Refused, "grant REF-1 is closed"),
    ],
)
def test_decision_that_cannot_be_is_refused_whole(
    sqlite: Engine,
    reaches: str,
    kind: DecisionKind,
    values: dict[str, Any],
    error: type[Exception],
    says: str,
) -> None:
    a_grant_that_was(sqlite, reaches)
    with refused(sqlite, error, says):
        decide(sqlite, kind, **({"on": date(2009, 11, 20)} | values))


def test_decision_is_recorded_once(engine: Engine) -> None:
    a_grant_that_was(engine, "decided")
    decide(engine, SUPPLEMENT, date(2009, 12, 1), amount_minor=1)
    with pytest.raises(Refused, match="the supplement of 2009-12-01 is recorded already"):
        decide(engine, SUPPLEMENT, date(2009, 12, 1), amount_minor=1)
    assert grant(engine).award_minor == 50_000_001


def test_decision_is_told_to_the_deputy_of_someone_away(engine: Engine) -> None:
    away = {"absences": [{"first": date(2009, 11, 2), "last": date(2009, 11, 20)}]}
    open_grants(engine, people=a_staff(coordinator=away))
    play(engine, "decided")
    assert told(engine, "decided") == [("funder-decision", "decided-award-2009-11-05", DEPUTY)]


@on_both
def test_stages_end_where_the_reference_case_ends(engine: Engine) -> None:
    a_grant_that_was(engine, STAGES[-1])
    assert sums(engine) == [("paid", 40_000_000), ("paid", 10_000_000)]
    assert (grant(engine).status, grant(engine).closed_on) == ("closed", date(2011, 3, 29))


@pytest.mark.parametrize(("kind", "reaches"), [(REFUSAL, "applied"), (WITHDRAWAL, "decided")])
@pytest.mark.parametrize("sum_of_it", [{"amount_minor": 70_000_000}, {"total_minor": 0}])
def test_end_without_money_states_no_sum(
    sqlite: Engine, kind: DecisionKind, reaches: str, sum_of_it: dict[str, Any]
) -> None:
    """A sum would have raised the award, and released its first part, of a grant that has ended."""
    a_grant_that_was(sqlite, reaches)
    with refused(sqlite, BadInput, f"a {kind} ends the grant and states no sum"):
        decide(sqlite, kind, date(2010, 2, 1), **sum_of_it)


def test_award_without_its_date_is_watched_until_an_amendment_gives_it(engine: Engine) -> None:
    open_grants(engine)
    decide(engine, amount_minor=50_000_000)
    assert undated(engine) == ["REF-1 final-report: no decision says final_report_on yet"]
    (standing,) = portfolio(engine, AWARDED_ON)
    assert standing.undated == (("final-report", "final_report_on"),)
    asked = [("final-report", "date-missing-final_report_on", OWNER)]
    assert told(engine, "date_missing") == asked
    on, dates = date(2009, 11, 6), {"final_report_on": date(2011, 1, 20)}
    decide(engine, AMENDMENT, on, dates=dates)
    assert steps(engine)["final-report"].due_on == date(2011, 1, 20)
    assert undated(engine) == []
    (standing,) = portfolio(engine, on)
    assert (standing.undated, told(engine, "date_missing")) == ((), asked)


def test_missing_date_is_told_of_once(engine: Engine) -> None:
    award = {"decided_on": AWARDED_ON, "amount": 500_000, "purpose": "det sökta", "source": "beslutet"}
    bring_in(engine, AWARDED_ON, organisations=ORGANISATIONS, people=a_staff())
    bring_in(engine, AWARDED_ON, grants=[an_entry("REF-1", decisions=[award])])
    asked = [("final-report", "date-missing-final_report_on", OWNER)]
    assert told(engine, "date_missing") == asked
    decide(engine, SUPPLEMENT, date(2009, 11, 9), amount_minor=10_000_00)
    answer(engine, "follow-up-2010-q1", date(2010, 4, 12), data=FIGURES)
    do_round(engine, date(2010, 4, 13))
    assert told(engine, "date_missing") == asked


def test_import_says_which_dates_no_decision_gives(engine: Engine) -> None:
    award = {"decided_on": AWARDED_ON, "amount": 500_000, "purpose": "det sökta", "source": "beslutet"}
    dated = award | {"dates": {"final_report_on": date(2011, 1, 20)}}
    bring_in(engine, AWARDED_ON, organisations=ORGANISATIONS, people=a_staff())
    grants = [an_entry("REF-0"), an_entry("REF-D", decisions=[dated])]
    grants += [an_entry(f"REF-{n}", decisions=[award]) for n in range(1, 8)]

    for _ in range(2):
        report = bring_in(engine, AWARDED_ON, grants=grants)

        assert report.as_json()["undated"] == {"final_report_on": [f"REF-{n}" for n in range(1, 8)]}
        (note,) = [one for one in report.notes() if one.startswith("no decision")]
        assert note == (
            "no decision says final_report_on yet, so what counts from it is not watched in REF-1, REF-2, REF-3,"
            " REF-4, REF-5 and 2 more: give it with the decision in the file, or by 'grants decide REF"
            " --correct DAY --date final_report_on=DATE'"
        )


def undated(engine: Engine) -> list[str]:
    """What the auditor finds of dates that no decision gives."""
    moment = AuditMoment(date(2009, 11, 6), at(date(2009, 11, 6)), ZoneInfo("Europe/Stockholm"))
    return [str(one) for one in audit(engine, moment) if one.kind is FindingKind.DATE_MISSING]
