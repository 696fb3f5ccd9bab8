"""Hold that what a change moves is shown before it is made: dates, letters and payments, and who is told."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine

from deployments.cli.main import run
from models.commands.decisions import Decide, DecisionInput
from models.commands.steps import Extend
from models.errors import Refused
from models.vocabulary import DecisionKind
from tasks.commands.replan.preview import Change, Consequences, What, compare
from tasks.overview.explanation import explain_step
from tasks.people.notice_recipients import Recipient, hearing
from tasks.words.recipients import word_told
from tasks.words.translator import translator
from tests.database_kinds import on_both
from tests.grant_scenes import (
    MANAGER,
    OWNER,
    SECRETARY,
    a_grant_that_was,
    act,
    decide,
    do_round,
    dump,
    letters,
    moves,
    open_grants,
    refused,
    steps,
    told,
)

TODAY = date(2010, 10, 8)
Q1 = "follow-up-2010-q1"


def extend(engine: Engine, step: str, to_on: date, *, apply: bool) -> Consequences:
    """Ask for an extension on 2010-10-08, or make it."""
    command = Extend("REF-1", step, to_on, "Länsstyrelsen medgav", "Dnr 1" if step == "final-report" else "")
    found: Consequences = act(engine, command, TODAY, apply=apply)
    return found


def decided(engine: Engine, *, apply: bool, **values: Any) -> Consequences:
    """Record an amendment of 2010-10-07, or show what it moves."""
    amendment = DecisionInput(DecisionKind.AMENDMENT, date(2010, 10, 7), source="Beslut om ändring", **values)
    found: Consequences = act(engine, Decide("REF-1", amendment), TODAY, apply=apply)
    return found


@on_both
def test_extension_shows_every_date_and_letter_and_then_does_just_that(engine: Engine) -> None:
    a_grant_that_was(engine, "first paid")
    before = dump(engine)
    heard = dict[Recipient, None]()
    shown = extend(hearing(engine, heard), "final-report", date(2011, 2, 28), apply=False)
    assert dump(engine) == before
    assert moves(shown, What.DATE) == [
        ("draft", "", "2011-01-10", "2011-02-14"),
        ("draft-approval", "", "2011-01-18", "2011-02-24"),
        ("final-report", "", "2011-01-20", "2011-02-28"),
    ]
    letters = moves(shown, What.LETTER)
    # The report opens when the grant has ended: the first letter about it comes then.
    assert ("final-report", "30-days-before", "2011-01-03", "2011-01-28") in letters
    assert ("draft-approval", "3-working-days-after", "2011-01-21", "2011-03-01") in letters
    assert {name for name, *_ in letters} == {name for name, *_ in moves(shown, What.DATE)}
    assert {(one.step, one.email, one.kind) for one in heard} == {
        ("draft", OWNER, "moved"),
        ("draft-approval", SECRETARY, "moved"),
        ("final-report", OWNER, "moved"),
        ("final-report", MANAGER, "extended"),
    }
    assert extend(engine, "final-report", date(2011, 2, 28), apply=True) == shown
    assert [key for key, _, _ in told(engine, "moved")] == [name for name, *_ in moves(shown, What.DATE)]
    with refused(engine, Refused, "final-report is extended to 2011-02-28 already, for this reason"):
        extend(engine, "final-report", date(2011, 2, 28), apply=True)


def test_who_is_said_to_be_told_is_whom_the_letters_go_to_on_their_days(engine: Engine) -> None:
    a_grant_that_was(engine, "first paid")
    saturday, before, heard = date(2010, 10, 9), len(letters(engine)), dict[Recipient, None]()
    command = Extend("REF-1", "final-report", date(2011, 2, 28), "Beslut", paper="Dnr 1")
    act(hearing(engine, heard), command, saturday)
    made = {(email, on) for email, on, _ in letters(engine)[before:]}
    assert {(one.email, one.on) for one in heard} == made
    assert {on for _, on in made} == {date(2010, 10, 11)}
    said = word_told(translator("sv"), heard, saturday)
    assert said == ("Får mejl 11 oktober: Committee.Secretary, Coordinator och Unit.Manager.",)
    assert word_told(translator("sv"), heard, date(2010, 10, 11))[0].startswith("Får mejl i dag: ")
    # Who gets a letter by the act itself is not said to get another by the next round.
    again = [replace(one, on=date(2010, 10, 12)) for one in heard]
    assert word_told(translator("sv"), heard, saturday, later=again) == said


def test_letters_that_are_shown_are_those_that_the_rounds_send(engine: Engine) -> None:
    a_grant_that_was(engine, "first paid")
    shown = extend(engine, Q1, date(2010, 10, 29), apply=True)
    days = {detail: day for name, detail, _, day in moves(shown, What.LETTER) if name == Q1 and day}
    assert days["7-days-before"] == "2010-10-22"
    do_round(engine, date(2010, 10, 21))
    before = len(told(engine, "reminder"))
    do_round(engine, date(2010, 10, 22))
    assert (Q1, "7-days-before", OWNER) in told(engine, "reminder")[before:]


@on_both
def test_amendment_shows_moved_dates_and_sums_and_tells_whom_it_moves_once(engine: Engine) -> None:
    a_grant_that_was(engine, "first paid")
    given: dict[str, Any] = {"amount_minor": -5_000_000, "dates": {"final_report_on": date(2011, 2, 28)}}
    before = dump(engine)
    heard = dict[Recipient, None]()
    shown = decided(hearing(engine, heard), apply=False, **given)
    assert dump(engine) == before
    assert moves(shown, What.PAYMENT) == [("2", "sum", "10000000 SEK", "5000000 SEK")]
    assert ("final-report", "", "2011-01-20", "2011-02-28") in moves(shown, What.DATE)
    assert {(one.step, one.kind) for one in heard} == {
        ("funder-decision", "decided"),
        ("draft", "moved"),
        ("draft-approval", "moved"),
        ("final-report", "moved"),
        ("final-report", "extended"),
    }
    decide(
        engine, DecisionKind.AMENDMENT, date(2010, 10, 7), today=TODAY, source="Beslut om ändring", **given
    )
    assert [key for key, _, _ in told(engine, "moved")] == [
        "draft",
        "draft-approval",
        "final-report",
    ]
    assert steps(engine)["final-report"].due_on == date(2011, 2, 28)


@pytest.mark.parametrize("to_on", [date(2011, 2, 18), date(2011, 3, 31)], ids=["earlier", "later"])
def test_later_decision_of_a_date_holds_over_an_extension_and_is_shown(engine: Engine, to_on: date) -> None:
    a_grant_that_was(engine, "first paid")
    extend(engine, "final-report", date(2011, 2, 28), apply=True)
    shown = decided(engine, apply=False, dates={"final_report_on": to_on})
    assert ("final-report", "", "2011-02-28", to_on.isoformat()) in moves(shown, What.DATE)
    decide(
        engine,
        DecisionKind.AMENDMENT,
        date(2010, 10, 7),
        today=TODAY,
        dates={"final_report_on": to_on},
        source="Dnr 1",
    )
    assert steps(engine)["final-report"].due_on == to_on
    swedish = explain_step(engine, "REF-1", "final-report", TODAY, "sv").sentences
    assert "Dnr 1" in " ".join(swedish)


def test_award_shows_claims_as_payments(engine: Engine) -> None:
    open_grants(engine)
    award = DecisionInput(
        DecisionKind.AWARD, date(2009, 11, 5), 50_000_000, dates={"final_report_on": date(2011, 1, 20)}
    )
    today = date(2009, 11, 6)
    found = act(engine, Decide("REF-1", award), today, apply=False)
    assert moves(found, What.PAYMENT) == [
        ("claim-advance", "by", None, "2009-11-19"),
        ("1", "sum", None, "40000000 SEK"),
        ("2", "sum", None, "10000000 SEK"),
    ]


def test_what_is_the_same_is_no_change() -> None:
    same = {(What.DATE, "report", ""): "2011-01-20"}
    assert compare("REF-1", same, same) == ()
    assert compare("REF-1", same, {}) == (Change("REF-1", What.DATE, "report", "", "2011-01-20", None),)


def test_decision_and_extension_as_json(commanded: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    a_grant_that_was(commanded, "first paid")
    before = dump(commanded)
    decision = (
        "decide",
        "REF-1",
        "--kind",
        "amendment",
        "--on",
        "2010-10-07",
        "--total",
        "450 000",
        "--source",
        "Dnr 1",
    )
    assert run([*decision, "--date", "final_report_on=2011-02-28", "--dry-run"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.split() for line in said if " payment " in line] == [
        ["REF-1", "payment", "2", "sum", "100,000", "SEK", "50,000", "SEK"]
    ]
    assert said[-1] == "Nothing is changed yet."
    extension = (
        "extend",
        "REF-1",
        "final-report",
        "--to",
        "2099-02-27",
        "--reason",
        "x",
        "--paper",
        "Dnr 1",
        "--by",
        OWNER,
    )
    assert run([*extension, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["applied"], {one["what"] for one in data["changes"]}) == (False, {"date", "letter"})
    assert dump(commanded) == before
