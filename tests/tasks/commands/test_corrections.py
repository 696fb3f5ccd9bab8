"""Correct and annul recorded decisions on both databases: what moves, who hears, and what the money forbids."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine

from models.commands.decisions import Correct, Decide, DecisionInput
from models.commands.steps import StoredFile
from models.errors import BadInput, GrantError, Refused
from models.tables.grant import Decision
from models.tables.step import Document
from models.vocabulary import DecisionKind
from tasks.commands.replan.preview import Consequences, What
from tasks.overview.explanation import explain_step
from tasks.people.notice_recipients import Recipient, hearing
from tasks.store.database import reading
from tasks.store.journal import broken_links
from tests.database_kinds import on_both
from tests.grant_scenes import (
    ADMIN,
    EVENT,
    MANAGER,
    OWNER,
    SECRETARY,
    a_grant_that_was,
    act,
    an_open_entry,
    decide,
    do_round,
    dump,
    grant,
    open_grants,
    parts,
    refused,
    rows,
    steps,
    sums,
    told,
)

SUPPLEMENT, AMENDMENT = DecisionKind.SUPPLEMENT, DecisionKind.AMENDMENT
REFUSAL, WITHDRAWAL = DecisionKind.REFUSAL, DecisionKind.WITHDRAWAL
AWARDED_ON, TODAY = date(2009, 11, 5), date(2009, 11, 9)
A_LETTER = StoredFile("beslut.pdf", "application/pdf", 9, "0" * 64, "0" * 32)


def correct(
    engine: Engine,
    recorded_on: date = AWARDED_ON,
    *,
    apply: bool = True,
    on: date = TODAY,
    kind: DecisionKind | None = None,
    annulled: bool = False,
    **said: Any,
) -> Consequences:
    """Correct the award of the reference case, or another decision, some days after it was recorded."""
    command = Correct("REF-1", recorded_on, kind, said, "läste fel", annulled)
    found: Consequences = act(engine, command, on, ADMIN, apply=apply)
    return found


def moved(found: Consequences) -> dict[tuple[str, str], tuple[str | None, str | None]]:
    """Return the dates and payments that move."""
    return {
        (one.name, one.detail): (one.before, one.after)
        for one in found.changes
        if one.what in (What.DATE, What.PAYMENT)
    }


@on_both
def test_wrong_day_and_date_of_an_award_are_shown_then_corrected_and_told_once(engine: Engine) -> None:
    a_grant_that_was(engine, "decided")
    before = dump(engine)
    said: dict[str, Any] = {"decided_on": date(2009, 11, 6), "dates": {"final_report_on": date(2011, 1, 31)}}
    said["source"] = "Dnr 1"
    heard = dict[Recipient, None]()
    shown = correct(hearing(engine, heard), apply=False, **said)
    assert dump(engine) == before
    assert moved(shown) == {
        ("claim-advance", "by"): ("2009-11-19", "2009-11-20"),
        ("draft", ""): ("2011-01-10", "2011-01-17"),
        ("draft-approval", ""): ("2011-01-18", "2011-01-27"),
        ("final-report", ""): ("2011-01-20", "2011-01-31"),
    }
    assert {one.email for one in heard} == {OWNER, SECRETARY, MANAGER}
    assert any(one.what is What.LETTER for one in shown.changes)

    assert correct(engine, **said) == shown
    found = steps(engine)
    assert found["final-report"].due_on == date(2011, 1, 31)
    assert found["funder-decision"].done_on == date(2009, 11, 6)
    assert parts(engine)[0].released_on == date(2009, 11, 6)
    assert sums(engine) == [("released", 40_000_000), ("withheld", 10_000_000)]
    assert sorted((key, email) for key, _, email in told(engine)[1:]) == [
        ("claim-advance", OWNER),
        ("draft", OWNER),
        ("draft-approval", SECRETARY),
        ("final-report", OWNER),
        ("final-report", MANAGER),
        ("funder-decision", OWNER),
    ]
    with pytest.raises(
        BadInput, match=r"no decision of 2009-11-05 is recorded for REF-1; it has: the award of"
    ):
        correct(engine, **said)
    assert len(told(engine)) == 7


def test_correction_is_journaled_with_who_and_what_was(engine: Engine) -> None:
    a_grant_that_was(engine, "decided")
    correct(engine, amount_minor=60_000_000, purpose="samordning")
    with reading(engine) as connection:
        assert list(broken_links(connection)) == []
        row = connection.execute(EVENT.select().where(EVENT.c.event == "decision_corrected")).one()
    assert row.person_id is not None
    assert row.detail["changes"] == {"amount_minor": [50_000_000, 60_000_000], "purpose": ["", "samordning"]}
    assert (row.detail["kind"], row.detail["decided_on"]) == ("award", "2009-11-05")
    assert row.detail["reason"] == "läste fel"
    first, second = rows(engine, Decision)
    assert (first.amount_minor, second.amount_minor, second.corrects_id) == (50_000_000, 60_000_000, first.id)


@pytest.mark.parametrize(
    ("amount", "sizes"),
    [(60_000_000, (48_000_000, 12_000_000)), (5_000_000, (4_000_000, 1_000_000))],
)
def test_sum_is_corrected_while_nobody_has_claimed(
    engine: Engine, amount: int, sizes: tuple[int, int]
) -> None:
    a_grant_that_was(engine, "decided")
    found = correct(engine, amount_minor=amount)
    assert moved(found)["1", "sum"] == ("40000000 SEK", f"{sizes[0]} SEK")
    assert sums(engine) == [("released", sizes[0]), ("withheld", sizes[1])]
    assert grant(engine).award_minor == amount


def test_what_is_claimed_keeps_its_sum(engine: Engine) -> None:
    a_grant_that_was(engine, "first claimed")
    correct(engine, amount_minor=60_000_000, on=date(2009, 11, 20))
    assert sums(engine) == [("claimed", 40_000_000), ("withheld", 20_000_000)]


@pytest.mark.parametrize(
    ("stage", "said", "why"),
    [
        pytest.param(
            "first claimed",
            {"amount_minor": 30_000_000},
            "smaller than what is released: 400,000 SEK",
            id="claimed",
        ),
        pytest.param(
            "first paid", {"instalments": {1: "60 %"}}, "instalment 1 is released already", id="a share"
        ),
    ],
)
def test_correction_against_money_that_has_gone_is_refused(
    sqlite: Engine, stage: str, said: dict[str, Any], why: str
) -> None:
    a_grant_that_was(sqlite, stage)
    with refused(sqlite, (Refused, BadInput), why):
        correct(sqlite, on=date(2011, 4, 1), **said)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"dates": {"report_on": date(2011, 1, 1)}}, "has no date 'report_on'"),
        ({"recorded_on": date(2009, 11, 4)}, "no decision of 2009-11-04"),
        ({"purpose": "För 811218-9876"}, "purpose: holds a personal identity number"),
        ({"kind": AMENDMENT}, "no amendment of 2009-11-05"),
    ],
)
def test_correction_that_says_nothing_usable_is_refused(
    sqlite: Engine, said: dict[str, Any], why: str
) -> None:
    a_grant_that_was(sqlite, "decided")
    with refused(sqlite, GrantError, why):
        correct(sqlite, **said)


def test_award_cannot_move_past_a_later_decision(sqlite: Engine) -> None:
    a_grant_that_was(sqlite, "decided")
    decide(sqlite, SUPPLEMENT, date(2009, 12, 1), amount_minor=3_000_000)
    with pytest.raises(Refused, match="the award cannot come after the decision of 2009-12-01"):
        correct(sqlite, decided_on=date(2009, 12, 2), on=date(2009, 12, 3))
    with pytest.raises(Refused, match="the supplement of 2009-12-01 needs the award: annul it first"):
        correct(sqlite, annulled=True, on=date(2009, 12, 3))


def test_two_decisions_of_a_day_are_told_apart_by_their_kind(sqlite: Engine) -> None:
    a_grant_that_was(sqlite, "decided")
    decide(sqlite, AMENDMENT, AWARDED_ON, dates={"final_report_on": date(2011, 2, 1)}, source="Dnr 1")
    with pytest.raises(BadInput, match=r"there are award, amendment: say which \(--kind\)"):
        correct(sqlite, purpose="annat")
    # The amendment beats the award of its day, whichever was written down last.
    assert moved(correct(sqlite, kind=DecisionKind.AWARD, dates={"final_report_on": date(2011, 1, 25)})) == {}
    assert steps(sqlite)["final-report"].due_on == date(2011, 2, 1)


def test_known_day_of_the_funders_moves_by_a_number_only(sqlite: Engine) -> None:
    a_grant_that_was(sqlite, "decided")
    later: dict[str, Any] = {"dates": {"final_report_on": date(2011, 2, 1)}}
    says = "it moves final-report from 2011-01-20 to 2011-02-01, a day of the funder's: give the number"
    with refused(sqlite, Refused, says):
        correct(sqlite, **later)
    with refused(sqlite, Refused, says):
        decide(sqlite, AMENDMENT, date(2009, 12, 1), source=" ", **later)
    decide(sqlite, AMENDMENT, date(2009, 12, 1), source="Dnr 1", **later)
    step = steps(sqlite)["final-report"]
    assert (step.due_on, step.was_due_on) == (date(2011, 2, 1), date(2011, 1, 20))
    why = explain_step(sqlite, "REF-1", "final-report", date(2009, 12, 1), "sv").sentences
    assert "Tänk på: anstånd från 20 januari 2011." in why
    # Its manager is told, of a day that comes earlier too; the first of the days is kept.
    sooner: dict[str, Any] = {"dates": {"final_report_on": date(2011, 1, 10)}}
    decide(sqlite, AMENDMENT, date(2009, 12, 2), source="Dnr 2", **sooner)
    heard = [who for key, rung, who in told(sqlite, "extended") if key == "final-report"]
    assert heard == [MANAGER, MANAGER]
    assert steps(sqlite)["final-report"].was_due_on == date(2011, 1, 20)


@pytest.mark.parametrize(
    "word",
    [
        pytest.param({"said": {"source": "Dnr 3"}}, id="a number"),
        pytest.param({"files": (replace(A_LETTER, stored_as="1" * 32),)}, id="a file"),
        pytest.param({"told_by": "Maria Ek", "told_on": date(2009, 12, 1)}, id="a call"),
    ],
)
def test_decision_that_was_never_made_gives_the_funders_day_back_by_a_word(
    sqlite: Engine, word: dict[str, Any]
) -> None:
    a_grant_that_was(sqlite, "decided")
    on = date(2009, 12, 1)
    letter = DecisionInput(AMENDMENT, on, dates={"final_report_on": date(2011, 2, 1)})
    act(sqlite, Decide("REF-1", letter, (A_LETTER,)), on)
    (kept,) = rows(sqlite, Document)
    assert (kept.name, kept.evidence_on) == (A_LETTER.name, on)
    never = Correct("REF-1", on, reason="läste fel", annulled=True)
    with refused(
        sqlite, Refused, "moves from 2011-02-01 to 2011-01-20, a day of the funder's: give the number"
    ):
        act(sqlite, never, on)
    act(sqlite, replace(never, **word), on)
    step = steps(sqlite)["final-report"]
    assert (step.due_on, step.was_due_on) == (date(2011, 1, 20), None)
    assert ("final-report", MANAGER) in {(key, who) for key, _, who in told(sqlite, "moved")}


def test_date_that_was_forgotten_is_added_to_the_award(engine: Engine) -> None:
    open_grants(engine)
    decide(engine, amount_minor=50_000_000)
    found = correct(engine, dates={"final_report_on": date(2011, 1, 20)})
    assert moved(found)["final-report", ""] == (None, "2011-01-20")
    assert steps(engine)["final-report"].due_on == date(2011, 1, 20)
    back = correct(engine, dates={"final_report_on": None}, source="Dnr 1")
    assert moved(back)["final-report", ""] == ("2011-01-20", None)


@on_both
def test_supplement_that_was_never_made_is_annulled(engine: Engine) -> None:
    a_grant_that_was(engine, "decided")
    decide(engine, SUPPLEMENT, date(2009, 12, 1), amount_minor=3_000_000)
    correct(engine, date(2009, 12, 1), annulled=True, on=date(2009, 12, 2))
    assert grant(engine).award_minor == 50_000_000
    assert sums(engine) == [("released", 40_000_000), ("withheld", 10_000_000)]
    decide(engine, SUPPLEMENT, date(2009, 12, 1), amount_minor=2_000_000, today=date(2009, 12, 2))
    assert grant(engine).award_minor == 52_000_000


def test_steps_of_the_award_follow_its_day_and_those_of_the_supplement_the_supplements(
    engine: Engine,
) -> None:
    open_grants(engine, an_open_entry(reference="REF-1"))
    decide(engine, on=date(2009, 1, 16), today=AWARDED_ON, amount_minor=50_000_000)
    decide(engine, SUPPLEMENT, date(2009, 4, 16), today=AWARDED_ON, amount_minor=28_900_000)
    assert claims_due(engine) == ("2009-01-30", "2009-04-30")
    correct(engine, date(2009, 1, 16), decided_on=date(2009, 1, 20))
    assert claims_due(engine) == ("2009-02-03", "2009-04-30")
    correct(engine, date(2009, 4, 16), decided_on=date(2009, 4, 20))
    assert claims_due(engine) == ("2009-02-03", "2009-05-04")


def test_annulled_supplement_leaves_nothing_to_claim_and_the_next_one_counts_from_its_own_day(
    engine: Engine,
) -> None:
    open_grants(engine, an_open_entry(reference="REF-1"))
    decide(engine, on=date(2009, 1, 16), today=AWARDED_ON, amount_minor=50_000_000)
    decide(engine, SUPPLEMENT, date(2009, 4, 16), today=AWARDED_ON, amount_minor=28_900_000)
    correct(engine, date(2009, 4, 16), annulled=True)
    assert sums(engine) == [("released", 50_000_000), ("planned", 0)]
    assert steps(engine)["claim-whole-2"].status == "skipped"
    assert claims_due(engine)[0] == "2009-01-30"
    decide(engine, SUPPLEMENT, date(2009, 6, 1), today=AWARDED_ON, amount_minor=1_000_000)
    assert sums(engine) == [("released", 50_000_000), ("released", 1_000_000)]
    assert claims_due(engine) == ("2009-01-30", "2009-06-15")


def claims_due(engine: Engine) -> tuple[str, ...]:
    """Return when the claims of the grant that is paid whole, and of what was added to it, are due."""
    found = steps(engine)
    return tuple(str(found[key].due_on) for key in ("claim-whole", "claim-whole-2"))


@on_both
@pytest.mark.parametrize(
    ("kind", "reaches", "shows"),
    [(REFUSAL, "applied", {What.STEP}), (WITHDRAWAL, "first paid", {What.STEP, What.LETTER})],
)
def test_end_that_was_never_decided_is_annulled_and_the_grant_runs_on(
    engine: Engine, kind: DecisionKind, reaches: str, shows: set[What]
) -> None:
    a_grant_that_was(engine, reaches)
    before = {key: (step.status, step.due_on, step.next_action_on) for key, step in steps(engine).items()}
    day = date(2009, 12, 14)
    decide(engine, kind, day)
    shown = correct(engine, day, annulled=True, on=day, apply=False)
    assert {one.what for one in shown.changes} >= shows
    correct(engine, day, annulled=True, on=day)
    assert (grant(engine).status, grant(engine).closed_on) == ("open", None)
    after = {key: (step.status, step.due_on, step.next_action_on) for key, step in steps(engine).items()}
    assert after == before


def test_award_of_another_grant_is_annulled_and_recorded_again(engine: Engine) -> None:
    a_grant_that_was(engine, "applied")
    before = {key: (step.status, step.due_on) for key, step in steps(engine).items()}
    decide(engine)
    correct(engine, annulled=True, source="Dnr 1")
    assert {key: (step.status, step.due_on) for key, step in steps(engine).items()} == before
    assert (grant(engine).award_minor, sums(engine)) == (None, [("planned", None), ("planned", None)])
    decide(engine, today=TODAY)
    assert sums(engine) == [("released", 40_000_000), ("withheld", 10_000_000)]


def a_committee_that_was_asked(engine: Engine) -> None:
    """The committee's secretary has a letter about the approval; the coordinator has none about what comes after."""
    a_grant_that_was(engine, "drafted")
    do_round(engine, date(2011, 1, 17))
    assert ("draft-approval", SECRETARY) in {(key, email) for key, _, email in told(engine, "reminder")}


def test_who_was_told_of_a_step_hears_when_its_date_is_gone(engine: Engine) -> None:
    a_committee_that_was_asked(engine)
    correct(engine, dates={"final_report_on": None}, source="Dnr 1", on=date(2011, 1, 17))
    gone = {(key, email) for key, _, email in told(engine, "moved")}
    assert gone == {("draft-approval", SECRETARY), ("final-report", OWNER), ("final-report", MANAGER)}


def test_withdrawal_tells_those_who_were_asked_and_shows_the_money_that_does_not_come(engine: Engine) -> None:
    a_committee_that_was_asked(engine)
    on = date(2011, 1, 17)
    end = Decide("REF-1", DecisionInput(WITHDRAWAL, on))
    heard = dict[Recipient, None]()
    shown = act(hearing(engine, heard), end, on, apply=False)
    assert moved(shown)["2", "sum"] == ("10000000 SEK", None)
    act(engine, end, on)
    assert {(key, email) for key, _, email in told(engine, "moved")} == {("draft-approval", SECRETARY)}
    assert {one.email for one in heard} == {OWNER, SECRETARY}
