"""Drive everything through the command line: a whole life, the shapes of JSON, and one line for what is wrong."""

import json
import os
import pty
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
import termios
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import click
import pytest
import yaml
from docx import Document
from sqlalchemy import Engine, TypeDecorator, text
from sqlmodel import SQLModel

from deployments.cli import main as cli
from deployments.cli import restore
from deployments.cli.main import COMMANDS, run
from models.commands.steps import Approve, StoredFile
from models.rules.money.gate import GateReason
from models.tables.journal import JournalEvent
from models.tables.letter import DeliveryAttempt, Letter
from models.tables.step import Document as KeptDocument
from models.vocabulary import LetterStatus
from tasks.documents.word.templates import TEMPLATES
from tasks.intake.files import read_scenario
from tasks.intake.imports import import_file
from tasks.outbox.deliver import deliver
from tasks.outbox.queue import claim_letters
from tasks.overview import standing
from tasks.programmes.strict_yaml import read_yaml
from tasks.round.days import is_day_off
from tasks.settings import Settings, load_settings
from tasks.store.database import transaction
from tests.builders import MORNING, a_database, a_letter, a_person, add
from tests.databases import a_copy
from tests.grant_scenes import (
    CONTROLLER,
    HEAD,
    OWNER,
    REFERENCE,
    SECRETARY,
    TOP,
    ZONE,
    act,
    an_entry,
    at,
    dump,
    grant,
    open_grants,
    put_figures,
    registry,
    release,
    rows,
    signed_in,
    steps,
    sums,
    today,
)
from tests.mail_server import MailServer
from tests.remembered import remembered
from tests.source_tree import ROOT

README = (ROOT / "deployments" / "README.md").read_text(encoding="utf-8")
COMMAND_LIST = (ROOT / "deployments" / "cli" / "README.md").read_text(encoding="utf-8")


class Terminal:
    """Someone at a terminal: runs commands, and reads what they say."""

    def __init__(self, engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
        self.engine, self.capsys = engine, capsys

    def __call__(self, *arguments: str, exit_code: int = 0) -> str:
        """Run a command that ends with the code; return its output."""
        self.capsys.readouterr()
        code = run(arguments)
        said = self.capsys.readouterr()
        assert code == exit_code, said.err
        return said.out.strip()

    def reads(self, *arguments: str, exit_code: int = 0) -> Any:
        """Run a command with --json; return what it says."""
        return json.loads(self(*arguments, "--json", exit_code=exit_code))

    def refuses(self, *arguments: str, exit_code: int = 2) -> str:
        """Run a command that must fail; return its one line in English, having checked that nothing is written."""
        before = dump(self.engine)
        self.capsys.readouterr()
        with pytest.MonkeyPatch.context() as english:
            english.setenv("GRANTS_LANGUAGE", os.environ.get("GRANTS_LANGUAGE", "en"))
            code = run(arguments)
        said = self.capsys.readouterr()
        assert (code, said.out) == (exit_code, ""), said.err
        assert re.fullmatch(r"grants: [^\n]+\n", said.err), said.err
        assert dump(self.engine) == before
        return said.err.removeprefix("grants: ").strip()


def bring_reference_case(grants: Terminal, on: str | None = None) -> None:
    """Import the reference case with its figures, as of a day or of today, and confirm what is late by then."""
    day = ("--on", on) if on else ()

    def live() -> None:
        grants("import", str(REFERENCE), *day)
        late = [row["reference"] for row in grants.reads("status") if row["quiet"]]
        grants("confirm-import", *late, "--by", OWNER, "--yes", *day)

    put_figures(Path("home"))
    remembered(grants.engine, f"the reference case at the command line, on {on or today()}", live)


def _terminal(
    engine: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GRANTS_HOME", str(folder / "home"))
    monkeypatch.setenv("GRANTS_DATABASE_URL", engine.url.render_as_string(hide_password=False))
    return Terminal(engine, capsys)


@pytest.fixture
def both(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    return _terminal(engine, tmp_path, monkeypatch, capsys)


@pytest.fixture
def grants(
    sqlite: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    return _terminal(sqlite, tmp_path, monkeypatch, capsys)


# A whole life.


@pytest.mark.parametrize("engine_kind", ["sqlite"])
def test_life_of_a_grant_from_the_command_line(both: Terminal) -> None:
    both("import", _reference_before_its_decisions(), "--on", "2009-09-01")
    ref, by = "REF-2009-2", ("--by", OWNER)
    assert both("answer", ref, "application", *by, "--on", "2009-09-15", "--set", "applied_for=900 000") == (
        "REF-2009-2: application is done."
    )
    both("decide", ref, "--amount", "500 tkr", "--on", "2009-11-05", "--date", "final_report_on=2011-01-20")
    assert sums(both.engine, ref) == [("released", 40_000_000), ("withheld", 10_000_000)]
    both("claim", ref, "1", *by, "--on", "2009-11-18")
    assert both("paid", ref, "1", *by, "--on", "2009-12-11", "--amount", "320 000") == (
        f"{ref}: instalment 1 is paid 320,000 SEK of 400,000 SEK, 80,000 SEK missing."
    )
    both("paid", ref, "1", *by, "--on", "2010-01-20", "--amount", "80 000")
    counts = ("reports_to_social_services=3", "persons_under_18=2", "persons_under_20=1")
    said = (*counts, "spent=118 000,50", "activities=Samverkan.")
    report = tuple(word for one in said for word in ("--set", one))
    for quarter, on in ((1, "2010-04-27"), (2, "2010-07-28"), (3, "2010-10-29")):
        both("answer", ref, f"follow-up-2010-q{quarter}", *by, "--on", on, *report)
    Path("utkast.csv").write_text("Slutrapport")
    both("answer", ref, "draft", *by, "--on", "2011-01-10", *report, "--file", "utkast.csv")
    secretary = ("--by", SECRETARY, "--on", "2011-01-12")
    assert both("return", ref, "draft", *secretary, "--note", "Redovisa kostnaderna.") == (
        "REF-2009-2: draft: returned; the step is waiting."
    )
    both("answer", ref, "draft", *by, "--on", "2011-01-14", *report)
    both("approve", ref, "draft", "--by", HEAD, "--on", "2011-01-14")
    both("approve", ref, "draft", "--by", TOP, "--on", "2011-01-14")
    both("approve", ref, "draft-approval", "--by", SECRETARY, "--on", "2011-01-18")
    early = both.refuses("release", ref, "2", *by, exit_code=1)
    assert early.endswith("instalment 2 of REF-2009-2: its condition is not approved: final-report-approval")
    both("answer", ref, "final-report", *by, "--on", "2011-01-19")
    Path("beslut.csv").write_text("Godkänns")
    approves = ("approve", ref, "final-report", *by, "--on", "2011-02-24", "--file", "beslut.csv")
    named = both.refuses(*approves, exit_code=1)
    assert "final-report-approval lets money go: sign in to the portal and record it there" in named
    today_by = (today(), signed_in(OWNER, today()))
    funder_says = Approve(ref, "final-report-approval", paper_on=date(2011, 2, 24))
    act(both.engine, funder_says, *today_by)
    both("withdraw", ref, "final-report-approval", *by, "--note", "Fel beslut.")
    letter = StoredFile("beslut.csv", "text/csv", 8, "0" * 64, "0" * 32)
    act(both.engine, replace(funder_says, files=(letter,)), *today_by)
    stands_on = [
        "condition: final-report-approval, 2011-02-24, recorded by Handläggaren",
        "evidence: beslut.csv",
        "to be paid to: Bankgiro 123-4566",
        f"grant: http://127.0.0.1:8480/grants/{ref}",
    ]
    told, asks = f"{ref}: instalment 2 (100,000 SEK): ", ("release", ref, "2", *by)
    asked = [line.strip() for line in both(*asks).splitlines()]
    assert asked[:5] == [
        f"{told}release asked for; a second person signs in to the portal to confirm it.",
        *stands_on,
    ]
    no = both("release", ref, "2", "--by", CONTROLLER, "--decline", "Beslutet gäller året före.")
    assert no.splitlines()[0] == f"{told}the release is declined."
    both(*asks)
    both.refuses("release", ref, "2", *by, exit_code=1)
    confirms = ("release", ref, "2", "--by", CONTROLLER, "--amount")
    assert "its sum is not the one that you confirm" in both.refuses(*confirms, "100001", exit_code=1)
    other = both.refuses(*confirms, "100 000", "--account", "pg 1234566", exit_code=1)
    assert "is to be paid to Bankgiro 123-4566, which is not the account that was shown" in other
    assert "--account: Bankgiro 123-4567 has a wrong check digit" in both.refuses(
        *confirms, "100 000", "--account", "bg 1234567"
    )
    named = both.refuses(*confirms, "100 000", exit_code=1)
    assert "the second person signs in to the portal and confirms there" in named
    assert release(both.engine, today(), CONTROLLER, 2, ref) is GateReason.CONFIRMED
    claims = ("claim", ref, "2", *by, "--over", "keep")
    other = both.refuses(*claims, "--account", "pg 1234566", exit_code=1)
    assert "is to be paid to Bankgiro 123-4566, which is not the account that was shown" in other
    both(*claims)
    both("paid", ref, "2", *by, "--amount", "99 000")
    over = "Resekostnaden godtogs inte"
    assert both("paid", ref, "2", *by, "--no-more", over) == (
        f"{ref}: instalment 2 is paid 99,000 SEK of 100,000 SEK, 1,000 SEK does not come: {over}."
    )
    both("answer", ref, "close", *by)
    assert sums(both.engine, ref) == [("paid", 40_000_000), ("paid", 10_000_000)]
    assert grant(both.engine, ref).status == "closed"
    assert [one["ok"] for one in both.reads("journal", "--verify")] == 3 * [True]
    day = today() + timedelta(days=1)
    while is_day_off(day):  # where today is a day off, a letter waits for this hour of the next that is none
        day += timedelta(days=1)
    deliver(both.engine, load_settings(), lambda: at(day, 23))
    assert {row.status for row in rows(both.engine, Letter)} <= {"captured", "cancelled"}


def _reference_before_its_decisions() -> str:
    content, _ = read_yaml(REFERENCE.read_text(encoding="utf-8"))
    del content["script"]
    for entry in content["grants"]:
        del entry["decisions"]
        entry.pop("figures_file", None)
    path = Path("reference.yaml")
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return str(path)


def test_not_yet_and_not_me(grants: Terminal) -> None:
    bring_reference_case(grants)
    soon = (today() + timedelta(days=2)).isoformat()  # still to come if midnight passes meanwhile
    answer = ("answer", " ref-2009-2 ", "follow-up-2010-q1", "--by", OWNER)
    said = grants(*answer, "--not-yet", soon, "--note", "Sjuk.")
    assert said == f"REF-2009-2: follow-up-2010-q1 is open, expected {soon}."
    assert steps(grants.engine, "REF-2009-2")["follow-up-2010-q1"].expected_on.isoformat() == soon
    grants(*answer, "--not-me", "deputy@example.org")
    assert "Ställföreträdaren <deputy@example.org> has it since" in grants(
        "explain", "REF-2009-2", "follow-up-2010-q1"
    )


def test_extension_is_shown_and_then_done(grants: Terminal) -> None:
    bring_reference_case(grants)
    to = (today() + timedelta(days=90)).isoformat()
    extend = (
        "extend",
        "REF-2009-2",
        "final-report",
        "--to",
        to,
        "--reason",
        "Beslut",
        "--paper",
        "Dnr 1",
        "--by",
        OWNER,
    )
    before = dump(grants.engine)
    shown = grants(*extend).splitlines()
    assert dump(grants.engine) == before
    assert shown[-1] == "Nothing is changed yet."
    done = [*shown[:-1], "Done."]
    assert grants(*extend, "--yes").splitlines() == done
    assert steps(grants.engine, "REF-2009-2")["final-report"].due_on.isoformat() == to
    assert f"final-report is extended to {to} already" in grants.refuses(*extend, "--yes", exit_code=1)


def test_letter_of_an_extension_is_kept_with_the_grant(grants: Terminal) -> None:
    bring_reference_case(grants)
    Path("anstånd.csv").write_text("Vi ger anstånd.")
    to = today() + timedelta(days=90)

    def extend(until: date, *more: str) -> tuple[str, ...]:
        said = ("--to", str(until), "--reason", "Sjukdom", "--by", OWNER, "--file", "anstånd.csv")
        return ("extend", "REF-2009-2", "final-report", *said, *more)

    def kept() -> list[Path]:
        return [one for one in Path("home/documents").rglob("*") if one.is_file()]

    grants(*extend(to))
    grants.refuses(*extend(date(2011, 1, 3), "--yes"))
    assert (kept(), rows(grants.engine, KeptDocument)) == ([], [])
    grants(*extend(to, "--yes"))
    (letter,) = rows(grants.engine, KeptDocument)
    assert [one.name for one in kept()] == [letter.stored_as]
    step = steps(grants.engine, "REF-2009-2")["final-report"]
    assert (step.due_on, step.fixed_due_source["paper"]) == (to, "anstånd.csv")
    grants("export", "bundle", "REF-2009-2", "--out", "allt.zip")
    with ZipFile("allt.zip") as archive:
        name = f"documents/{letter.id:04}-anstånd.csv"
        assert archive.read(name) == Path("anstånd.csv").read_bytes()
        assert "anstånd.csv, underlag för nytt datum" in archive.read("index.csv").decode()


# What the reading commands say.

RECEIPT = {"rule", "arithmetic", "rolled", "source", "readings", "sources", "warnings"}


def test_plan_on_a_day_says_what_is_open_then(grants: Terminal) -> None:
    bring_reference_case(grants)
    early, later = (
        grants("plan", "REF-2009-2", "--on", day).splitlines() for day in ("2010-01-04", "2010-10-11")
    )
    (first,), (then,) = (
        [line for line in said if line.startswith("follow-up-2010-q3")] for said in (early, later)
    )
    assert " not open yet " in first
    assert " open " in then.replace("not open yet", "")


def test_plan_says_of_what_is_settled_neither_what_it_waits_for_nor_what_to_note(grants: Terminal) -> None:
    open_grants(grants.engine)
    assert "note: application: last day to apply" in grants("plan", "REF-1")
    grants(
        "decide", "REF-1", "--amount", "500 000", "--on", "2009-11-05", "--date", "final_report_on=2011-01-20"
    )
    said = grants("plan", "REF-1").splitlines()
    (decision,) = [line.split() for line in said if line.startswith("funder-decision")]
    assert decision[2:] == ["-", "-", "done", "2009-11-05", "-", "-"]
    (payment,) = [line for line in said if line.startswith("payment-advance")]
    # Its last day, in 2009, is over long ago.
    assert payment.endswith("waits until “claim of the first part” is done")
    assert not [line for line in said if line.startswith("note: application")]


def test_plan_as_json(grants: Terminal) -> None:
    bring_reference_case(grants)
    plan = grants.reads("plan", "REF-2009-2")
    keys = {"key", "phase", "kind", "period", "opens_on", "due_on", "owner", "status", "receipt"}
    keys |= {"waits_for", "late", "lapses_after"}
    assert {frozenset(step) for step in plan} == {frozenset(keys)}
    assert {frozenset(step["receipt"]) for step in plan} == {frozenset(RECEIPT)}
    assert [step["key"] for step in plan][:2] == ["application", "funder-decision"]
    found = {step["key"]: step for step in plan}
    assert found["follow-up-2010-q3"] == {
        "key": "follow-up-2010-q3",
        "phase": "follow-up",
        "kind": "report",
        "period": "2010-Q3",
        "opens_on": "2010-10-01",
        "due_on": "2010-11-01",
        "owner": OWNER,
        "status": "open",
        "waits_for": [],
        "late": [],
        "lapses_after": None,
        "receipt": {
            "rule": "1 month after the end of the period",
            "arithmetic": "2010-09-30 + 1 month = 2010-10-30, not a working day, moved to 2010-11-01",
            "rolled": "2010-10-30",
            "source": "our own choice",
            "readings": [],
            "sources": {},
            "warnings": [],
        },
    }
    assert (found["close"]["due_on"], found["close"]["status"]) == (None, "waiting")


def test_status_as_json(grants: Terminal) -> None:
    bring_reference_case(grants)
    standing = {row["reference"]: row for row in grants.reads("status", "--on", "2010-10-08")}
    assert list(standing) == ["REF-2009-1", "REF-2009-2"]
    assert grants.reads("status", "REF-2009-2", "--on", "2009-11-10") == [
        {
            "reference": "REF-2009-2",
            "title": "Regional samordning mot prostitution och människohandel",
            "phase": "decision",
            "next_step": "claim-advance",
            "due_on": "2009-11-19",
            "slack_days": 9,
            "ball_with": "coordinator",
            "at_risk": {"amount_minor": 50_000_000, "currency": "SEK"},
            "instalments": [
                {
                    "number": 1,
                    "amount_minor": 40_000_000,
                    "paid_minor": None,
                    "currency": "SEK",
                    "status": "released",
                    "missing": [],
                    "expected_on": None,
                    "no_more_why": None,
                },
                {
                    "number": 2,
                    "amount_minor": 10_000_000,
                    "paid_minor": None,
                    "currency": "SEK",
                    "status": "withheld",
                    "missing": ["final-report-approval"],
                    "expected_on": None,
                    "no_more_why": None,
                },
            ],
            "undated": [],
            "quiet": False,
        }
    ]


def test_round_as_json(grants: Terminal) -> None:
    bring_reference_case(grants, "2009-12-01")
    expected = {
        "on": "2010-10-08",
        "due": 9,
        "reminded": 1,
        "escalated": 8,
        "letters": 5,
        "failed": 0,
        "silent": [],
        "unfed": 0,
    }

    def counted(*asked: str) -> dict[str, Any]:
        found = grants.reads("round", "--on", *asked)
        return {name: value for name, value in found.items() if name in expected}

    before = dump(grants.engine)
    letters = grants("round", "--on", "2010-10-08", "--preview")
    assert (letters.count("Subject: "), letters.count(f"To: {OWNER}")) == (5, 1)
    assert letters.endswith("2010-10-08: 5 letters (preview: nothing is written)")
    tried = grants.reads("round", "--on", "2010-10-08", "--dry-run")
    told = tried["told"]
    assert {name: tried[name] for name in expected} == expected
    assert told[0] == {
        "person": OWNER,
        "due_on": "2009-04-30",
        "grant": "REF-2009-1",
        "step": "claim-whole",
        "rung": "1-working-day-after",
        "kind": "escalation",
    }
    assert len({one["person"] for one in told}) == 2
    assert len({(one["grant"], one["step"]) for one in told}) == 9
    assert dump(grants.engine) == before
    assert counted("2010-10-08") == expected
    again = {name: 0 if isinstance(value, int) else value for name, value in expected.items()}
    assert counted("2010-10-08") == again
    assert counted("2010-10-09") == again | {"on": "2010-10-09"}
    assert grants("round", "--on", "2010-12-24") == (
        "2010-12-24: kontoren är stängda (Julafton); inget skickas."
    )


def test_dry_round_shows_who_would_be_told_of_what(grants: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    bring_reference_case(grants, "2009-12-01")
    file = Path(str(grants.engine.url.database))
    before = _bytes_of(file)
    asked = ("round", "--on", "2010-10-08", "--dry-run")
    said = grants(*asked).splitlines()
    assert said[0].split() == ["VEM", "BIDRAG", "STEG", "SENAST", "OM"]
    assert len(said) == 1 + len(grants.reads(*asked)["told"]) + 1
    assert said[-1] == (
        "2010-10-08: 9 due, 1 reminded, 8 escalated, 0 failed, 5 letters (dry run: nothing is written)"
    )
    monkeypatch.setattr(restore, "_MOST_LINES", 3)
    few = grants(*asked).splitlines()
    assert [line.split() for line in few[1:4]] == [line.split() for line in said[1:4]]
    assert few[4:] == [f"... och {len(said) - 5} till", said[-1]]
    assert _bytes_of(file) == before
    grants("round", "--on", "2010-10-08")
    assert grants(*asked).splitlines() == [
        "2010-10-08: 0 due, 0 reminded, 0 escalated, 0 failed, 0 letters (dry run: nothing is written)",
    ]
    assert grants("round", "--on", "2010-10-09", "--dry-run") == (
        "2010-10-09: kontoren är stängda (lördag); inget skickas."
    )


def _bytes_of(file: Path) -> bytes:
    """Return the database's file with all that its log holds."""
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return file.read_bytes()


def test_round_that_fails_somewhere_ends_with_1_and_counts_what_only_lacks_its_figures_apart(
    grants: Terminal,
) -> None:
    bring_reference_case(grants, "2009-12-01")
    with transaction(grants.engine) as connection:
        gone = "UPDATE \"grant\" SET figures_file = 'gone.csv' WHERE reference = 'REF-2009-2'"
        connection.execute(text(gone))
        connection.execute(text("UPDATE step SET ladder = 'lost' WHERE key = 'follow-up-2010-q1'"))
    told = grants.reads("round", "--on", "2010-10-08", exit_code=1)
    assert (told["failed"], told["unfed"] > 0, told["silent"]) == (1, True, ["figures of REF-2009-2"])


def test_explanation_as_json(grants: Terminal) -> None:
    bring_reference_case(grants)
    told = grants.reads("explain", "REF-2009-2", "final-report")
    assert (told["due_on"], told["on"], told["told"]) == ("2011-01-20", today().isoformat(), [])
    assert (told["waits_for"], told["late"], told["lapses_after"]) == (["draft-approval"], [], None)
    assert set(told["receipt"]) >= RECEIPT
    assert "No such option '--on'" in grants.refuses(
        "explain", "REF-2009-2", "final-report", "--on", "2011-01-13"
    )


def test_journal_as_json(grants: Terminal) -> None:
    bring_reference_case(grants)
    events = grants.reads("journal", "REF-2009-2")
    assert {frozenset(event) for event in events} == {
        frozenset({"on", "at", "event", "grant", "step", "person", "detail"})
    }
    assert {event["grant"] for event in events} == {"REF-2009-2"}
    assert events[0]["event"] == "grant_opened"
    assert [one["what"] for one in grants.reads("journal", "--verify")] == ["journal", "rows", "triggers"]


def test_delivery_beside_another_says_how_many_letters_that_holds(grants: Terminal) -> None:
    with transaction(grants.engine) as connection:
        person = a_person(connection)
        for _ in range(2):
            a_letter(connection, person)
        assert len(claim_letters(connection, datetime.now(UTC), 9)) == 2
    assert grants.reads("deliver")["leased"] == 2
    assert "2 held by another delivery, free within two minutes" in grants("deliver")


def test_check_says_over_how_many_awards_something_is_the_matter(grants: Terminal) -> None:
    said = grants("check", "development-funds-2009")
    (crowded,) = [line for line in said.splitlines() if "in the same week" in line]
    assert crowded.startswith("note: in 11 of 60 sample awards: follow-up-2024-q1 (2024-04-30) and draft ")
    # What the sample's decision is taken to say is said too: dates hang on it.
    assert "decided 2025-10-20, final_report 2027-01-20, 1 000 000 SEK:" in said
    assert "(a grant from 2023-04-28 to 2024-04-27, final_report 2024-05-17)" in said
    found = grants.reads("check", "development-funds-2009")
    assert {frozenset(step) for step in found} == {
        frozenset({"key", "phase", "due_on", "receipt", "concerns"})
    }
    assert all(step["due_on"] for step in found)
    assert {one["kind"] for step in found for one in step["concerns"]} >= {"same_week"}


def test_check_takes_the_tables_that_an_import_takes(grants: Terminal, tmp_path: Path) -> None:
    bring_reference_case(grants)
    path = tmp_path / "award.csv"
    head = "Diarienummer;Namn på projektet;Program;Bidragsgivare;Mottagare;Handläggare;Start;Slut;Beviljat;Beslutsdag"
    row = "REF-9;Våtmark;lona;Länsstyrelsen i Stockholms län;Socialnämnden;Handläggaren;"
    path.write_text(f"{head}\n{row}2026-03-01;2027-02-28;90 000;2026-02-02\n", encoding="utf-8")
    assert "The award, 2026-03-01 to 2027-02-28, decided 2026-02-02" in grants(
        "check", "lona", "--award", str(path)
    )


def test_fixed_day_before_the_grant_is_said_when_checked(grants: Terminal, tmp_path: Path) -> None:
    entry = an_entry(
        "HV 27",
        programme="home-visits-2024",
        period_start_on=date(2026, 7, 1),
        period_end_on=date(2027, 6, 30),
        dates={"applied_on": {"on": date(2026, 3, 1)}},
    )
    award = {"kind": "award", "decided_on": "2026-05-02", "amount": "500 000"}
    path, said = tmp_path / "award.yaml", "before the grant begins on 2026-07-01"
    given = [entry | {"decisions": [award]}, entry | {"reference": "HV 28", "programme": "lona"}]
    path.write_text(yaml.safe_dump({"grants": given}), encoding="utf-8")
    early = {
        "spending": f"spending is due on 2024-12-31, a fixed day of the programme's, {said}",
        "final-report": f"final-report is due on 2025-03-01, a fixed day of the programme's, {said}",
    }
    calendar = grants("check", "home-visits-2024", "--award", str(path), exit_code=1).splitlines()
    assert [line for line in calendar if "a fixed day" in line] == [
        f"warning: {one}" for one in early.values()
    ]
    assert "has 0 grants of mucf" in grants.refuses("check", "mucf", "--award", str(path))


def test_doctor_says_what_is_missing(
    grants: Terminal, monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", f"http://127.0.0.1:{free_port}/api")
    found = {one["what"]: one for one in grants.reads("doctor", exit_code=1)}
    assert [name for name, one in found.items() if not one["ok"]] == ["prefect"]
    assert found["prefect"]["said"].endswith("'grants up' starts it")
    assert {"settings", "disk", "secrets", "programmes", "mail", "database", "clock", "audit"} <= set(found)


def test_doctor_says_what_was_kept_and_refuses_to_keep_more_where_letters_were_mailed(
    grants: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said() -> tuple[bool, str]:
        grants.capsys.readouterr()
        run(["doctor", "--json"])
        found = {one["what"]: one for one in json.loads(grants.capsys.readouterr().out)}
        assert found["mail"]["ok"]
        return found["letters"]["ok"], found["letters"]["said"]

    with transaction(grants.engine) as connection:
        reader = a_person(connection)
        a_letter(connection, reader, status=LetterStatus.CAPTURED)
    assert said() == (True, "they go the way that they have always gone")
    with MailServer().running() as server:
        for name, value in (("HOST", "127.0.0.1"), ("PORT", str(server.port)), ("TLS", "none")):
            monkeypatch.setenv(f"GRANTS_SMTP_{name}", value)
        assert said() == (
            True,
            "1 were kept in the mailbox while there was no mail server; none of them is sent",
        )
    with transaction(grants.engine) as connection:
        mailed = a_letter(connection, reader, status=LetterStatus.ACCEPTED)
        at_first = {"letter_id": mailed, "number": 1, "began_at": MORNING, "ended_at": MORNING}
        add(connection, DeliveryAttempt, **at_first, outcome="accepted", stage="data", reply="")
    monkeypatch.delenv("GRANTS_SMTP_HOST")
    is_ok, why = said()
    assert (is_ok, "GRANTS_SMTP_HOST" in why) == (False, True)
    assert "GRANTS_SMTP_HOST names no mail server now; set it again" in grants.refuses("deliver", exit_code=1)


def test_home_and_database_are_made_for_their_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRANTS_DATABASE_URL", "sqlite:///data/grants.db")
    for first in ("doctor", "init"):
        monkeypatch.setenv("GRANTS_HOME", f"made/{first}")
        run([first])
        assert stat.S_IMODE((tmp_path / "made" / first).stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    files = [*(tmp_path / "data").iterdir()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert "grants.db" in {path.name for path in files}


def test_doctor_says_when_everyone_can_look_into_the_home(
    grants: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    # Somebody may run Grantline on this machine, at its usual port.
    monkeypatch.setenv("GRANTS_PORTAL_URL", f"http://127.0.0.1:{free_port}")
    home = tmp_path / "home"
    home.mkdir()
    closed = "the home is closed to other users of this machine"
    wide = f"everyone on this machine can look into {home}: chmod o= {home}"
    for mode, says in ((0o751, wide), (0o750, closed)):
        home.chmod(mode)
        checks = grants.reads("doctor", exit_code=1)  # no portal answers there
        (said,) = [one for one in checks if one["what"] == "privacy"]
        assert (said["ok"], said["said"]) == (says is closed, says)


def test_doctor_names_own_templates_and_those_that_make_no_document(
    grants: Terminal, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def said() -> tuple[bool, str]:
        run(["doctor", "--json"])
        (one,) = [one for one in json.loads(capsys.readouterr().out) if one["what"] == "templates"]
        return one["ok"], one["said"]

    folder = tmp_path / "home" / "templates"
    assert said() == (True, "documents are made from the shipped ones")
    folder.mkdir(parents=True)
    shutil.copy(TEMPLATES / "memo.sv.docx", folder)
    shutil.copy(TEMPLATES / "claim.en.docx", folder)
    (folder / "~$memo.sv.docx").write_bytes(b"open in Word")
    assert said() == (True, f"claim.en.docx, memo.sv.docx in {folder} win over the shipped ones")
    (folder / "claim.en.docx").write_bytes(b"PK not really")
    (folder / "memo.docx").write_bytes(b"")
    word = Document(str(folder / "memo.sv.docx"))
    word.add_paragraph("{{ f.awrd }}")
    word.save(str(folder / "memo.sv.docx"))
    place = f"in paragraph {sum(1 for one in word.paragraphs if one.text.strip())}"
    slip = f"memo.sv.docx: {place} stands {{{{ f.awrd }}}}: there is no such field; the nearest is {{{{ f.award }}}}"
    broken = "claim.en.docx: it cannot be read as a Word document: open it in Word or LibreOffice, and save it as .docx"
    unknown = "memo.docx: no document has this template"
    called = "repayment.sv.dotx: no document has this template; call it repayment.sv.docx"
    shutil.copy(TEMPLATES / "repayment.sv.docx", folder / "repayment.sv.dotx")
    assert said() == (False, f"{folder}: {broken}; {unknown}; {slip}; {called}")


def test_fields_of_templates_are_written_as_a_table(grants: Terminal) -> None:
    said = grants("export", "fields", "--out", "fields.csv")
    assert re.fullmatch(r"\d+ fields written to fields\.csv\.", said)
    assert "{{ f.title }};Bidragets namn;Regional samordning" in Path("fields.csv").read_text(
        encoding="utf-8-sig"
    )


def test_empty_database_says_how_to_begin(grants: Terminal) -> None:
    assert grants("status") == "No grants yet. 'grants import FILE' brings them in."
    assert grants.reads("status") == []


READING = ("status", "plan REF-2009-2", "explain REF-2009-2 final-report", "journal", "journal --verify")


def test_reading_changes_nothing(grants: Terminal) -> None:
    bring_reference_case(grants)
    before = dump(grants.engine)
    for command in READING:
        grants(*command.split())
    assert dump(grants.engine) == before


def test_reader_waits_for_no_writer(grants: Terminal) -> None:
    """A round can hold the write lock for long."""
    bring_reference_case(grants)
    other = sqlite3.connect(str(grants.engine.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for command in READING:
        grants(*command.split())
    other.execute("ROLLBACK")
    other.close()


# What is wrong, in one line.

NEEDS_NOTHING = {
    "up",
    "deploy",
    "portal",
    "init",
    "new-programme",
    "programmes",
    "round",
    "deliver",
    "status",
    "journal",
    "doctor",
    "login",
    "schema",
}
GROUPS = {"export", "meeting", "ledger"}


def test_garbage_is_refused_by_every_command(grants: Terminal) -> None:
    for command in COMMANDS:
        grants.refuses(command, "--nope")
        grants.refuses(command, *(9 * ["\N{PILE OF POO}'; --"]))
        grants.refuses(command, "--json=maybe", "\x1b[31m")
        if command not in NEEDS_NOTHING | GROUPS:
            assert grants.refuses(command).startswith(("Missing argument", "Missing option")), command
    assert grants.refuses("grnat") == "No such command 'grnat'; see 'grants --help'"


def test_every_command_explains_itself(grants: Terminal) -> None:
    for command in COMMANDS:
        said = grants(command, "--help")
        assert said.startswith(f"Usage: grants {command} ")
        assert len(said.splitlines()) > 4, command


def test_no_command_at_all_shows_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    for command in sorted(GROUPS):
        assert run([command]) == 2
        assert capsys.readouterr().out.startswith(f"Usage: grants {command} [OPTIONS] COMMAND")
    assert run([]) == 2
    said = capsys.readouterr().out
    assert all(f"\n  {command} " in said for command in COMMANDS)


BAD: dict[str, str] = {
    "status LOST": "There is no grant with that reference: 'LOST'; 'grants status' lists the ones there are",
    "decide LOST --on 2010-01-01": (
        "There is no grant with that reference: 'LOST'; 'grants status' lists the ones there are"
    ),
    "status --on 2010-02-30": ("The input cannot be used: --on: '2010-02-30' is not a day of the calendar"),
    "status --on tomorrow": (
        "The input cannot be used: --on: 'tomorrow' is not a date: write it as 2026-12-31"
    ),
    "decide REF-2009-2 --kind supplement --on 2010-01-01 --amount much": (
        "The input cannot be used: --amount: Write this as a sum, such as 100,000 or 1,250.50."
    ),
    "decide REF-2009-2 --kind supplement --on 2010-01-01 --amount 1 --total 2": (
        "The input cannot be used: give the sum that the decision adds or the whole award after it, not both"
    ),
    "decide REF-2009-2 --kind supplement --on 2010-01-01 --date tomorrow": (
        "The input cannot be used: --date: 'tomorrow': write it as NAME=VALUE"
    ),
    "decide REF-2009-2 --kind gift --on 2010-01-01": (
        "Invalid value for '--kind': 'gift' is not one of 'award', 'supplement', 'amendment', 'refusal',"
        " 'withdrawal'; see 'grants decide --help'"
    ),
    "release REF-2009-2 two --by coordinator@example.org": (
        "Invalid value for 'INSTALMENT': 'two' is not a valid integer; see 'grants release --help'"
    ),
    "release REF-2009-2 9 --by coordinator@example.org": (
        "The grant has no such instalment: 9 in REF-2009-2; it has: 1, 2"
    ),
    "claim REF-2009-2 99999999999999999999 --by coordinator@example.org": (
        "The grant has no such instalment: 99999999999999999999 in REF-2009-2; it has: 1, 2"
    ),
    "release REF-2009-2 2 --by nobody@example.org": (
        "There is no person with that address: 'nobody@example.org' is not known; import the person first"
    ),
    "answer REF-2009-2 application --by coordinator@example.org --set x": (
        "The input cannot be used: --set: 'x': write it as NAME=VALUE"
    ),
    "answer REF-2009-2 application --by coordinator@example.org --not-yet 2030-01-01 --not-me x@example.org": (
        "The input cannot be used: give one of --not-yet, --not-me"
    ),
    "answer REF-2009-2 follow-up-2010-q1 --by coordinator@example.org --set spent=5,5,5": (
        "The answer cannot be taken as it is written: 'reports_to_social_services' is not answered (Reports to social"
        " services; the next round gathers it); 'persons_under_18' is not answered (Persons under 18; the next round"
        " gathers it); 'persons_under_20' is not answered (Persons aged 18 or 19; the next round gathers it); 'spent':"
        " '5,5,5' is not a number; 'activities' is not answered (What was done)"
    ),
    "answer REF-2009-2 application --by coordinator@example.org --file lost.pdf": (
        "The input cannot be used: lost.pdf: No such file or directory"
    ),
    "round --dry-run --deliver": ("The input cannot be used: give one of --dry-run, --preview, --deliver"),
    "replay lost.yaml": "The import file is not valid: lost.yaml: No such file or directory",
    "check lost.yaml": "The programme file is not valid: lost.yaml: No such file or directory",
    "upgrade REF-2009-2 --programme project-fund-2009": (
        "The input cannot be used: there is no programme 'project-fund-2009'; did you mean 'project-funds-2009'?"
    ),
    "answer REF-2009-2 final-repot --by coordinator@example.org": (
        "The grant has no such step: 'final-repot' in REF-2009-2; did you mean 'final-report'?"
    ),
    "decide REF-2009-2 --kind amendment --on 2010-01-01 --amount=-5": (
        "The input cannot be used: --amount: This cannot be less than 0."
    ),
    "export bundle REF-2009-2 --out .": "The input cannot be used: .: it is no file; name one to write",
    "plan SN 2026/17": ("Got unexpected extra argument (2026/17); see 'grants plan --help'"),
    "status --zzz": "No such option '--zzz'; see 'grants status --help'",
}


def _both(engine: Engine) -> None:
    open_grants(engine)
    import_file(engine, read_scenario(REFERENCE), registry(), today=today(), now=at(today()))


@pytest.fixture
def filled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Terminal]:
    engine = a_copy("sqlite", "command-line", _both, tmp_path)
    yield _terminal(engine, tmp_path, monkeypatch, capsys)
    engine.dispose()


def test_bad_input_is_refused_in_one_line(filled: Terminal) -> None:
    assert {command: filled.refuses(*command.split()) for command in BAD} == BAD


def test_paper_of_a_day_to_come_is_refused(grants: Terminal) -> None:
    open_grants(grants.engine)
    tomorrow, by = (today() + timedelta(days=2)).isoformat(), ("--by", OWNER)
    grants(
        "decide", "REF-1", "--amount", "500 tkr", "--on", "2009-11-05", "--date", "final_report_on=2011-01-20"
    )
    for command in (("claim", "REF-1", "1"), ("answer", "REF-1", "follow-up-2010-q1", "--nothing")):
        said = grants.refuses(*command, *by, "--on", tomorrow)
        assert said.endswith(f"{tomorrow} lies in the future")
    put_off = ("answer", "REF-1", "follow-up-2010-q1", *by, "--not-yet", tomorrow, "--on", "2010-04-20")
    assert grants.refuses(*put_off) == (
        "The input cannot be used: --on says when it was done, so it does not go with --not-yet"
    )


def test_day_of_the_paper_does_not_move_the_clock(both: Terminal) -> None:
    open_grants(both.engine)
    ref, by, begun = "REF-1", ("--by", OWNER), datetime.now(UTC)
    both("decide", ref, "--amount", "500 tkr", "--on", "2009-11-05", "--date", "final_report_on=2011-01-20")
    both("answer", ref, "follow-up-2010-q1", *by, "--nothing", "--on", "2010-04-20")
    both("claim", ref, "1", *by, "--on", "2009-11-18")
    both("paid", ref, "1", *by, "--on", "2009-12-11")
    said = [one for one in rows(both.engine, JournalEvent) if RECORDED.get(one.event, "") in one.detail]
    assert [(one.event, one.detail[RECORDED[one.event]]) for one in said] == [
        ("step_done", "2010-04-20"),
        ("instalment_claimed", "2009-11-18"),
        ("instalment_paid", "2009-12-11"),
    ]
    assert {one.on for one in said} <= {begun.astimezone(ZONE).date(), today()}
    assert min(one.at for one in said) >= begun
    assert steps(both.engine, ref)["claim-advance"].done_on == date(2009, 11, 18)


RECORDED = {"step_done": "paper_on", "instalment_claimed": "claimed_on", "instalment_paid": "paid_on"}


def test_round_of_a_day_to_come_is_only_tried(grants: Terminal) -> None:
    bring_reference_case(grants, "2009-12-01")
    day = today() + timedelta(days=2)  # still to come if midnight passes meanwhile
    while is_day_off(day):
        day += timedelta(days=1)
    said = grants.refuses("round", "--on", str(day))
    assert said == (
        f"The input cannot be used: {day} lies in the future, and its letters would leave today; 'grants round"
        " --dry-run' shows them"
    )
    assert grants.reads("round", "--on", str(day), "--dry-run")["due"] > 0
    assert rows(grants.engine, Letter) == []


SETTINGS = {
    ("COUNTRY", "se"): "there is no calendar of 'se': write a country's two letters, as SE",
    ("COUNTRY", "NO-42x"): "'42x' is no part of NO; did you mean '42'?",
    ("TIMEZONE", "Mars/Base"): "'Mars/Base' is not a time zone; write it as Europe/Stockholm",
    ("TIMEZONE", "../../etc/passwd"): "'../../etc/passwd' is not a time zone; write it as Europe/Stockholm",
    ("SMTP_PORT", "x"): "'x' is not a whole number",
    ("SMTP_PORT", "0"): "0 is not between 1 and 65535",
    ("SMTP_CONNECTIONS", "65"): "65 is not between 1 and 64",
    ("SMTP_TLS", "maybe"): "'maybe' is none of: starttls, tls, none",
    ("PORTAL_URL", "ftp://example.org"): (
        "'ftp://example.org' is not a web address; write it as https://grants.example.org"
    ),
    ("PORTAL_URL", "https:///x"): "'https:///x' is not a web address; write it as https://grants.example.org",
    ("REGISTRY_URL", "https://registry.example.org"): (
        "'https://registry.example.org' is no address with a number in it; write it as"
        " https://registry.example.org/{dnr}"
    ),
    ("PORTAL_URL", "http://[x"): "'http://[x' is not a web address; write it as https://grants.example.org",
    ("BOUNCES_IMAP", "imaps://[x"): "it is no mailbox; write it as imaps://user@imap.example.org/INBOX",
    ("DATABASE_URL", "sqlite://"): (
        "'sqlite://' keeps nothing; name a file, as sqlite:////var/lib/grantline/grants.db"
    ),
    ("DATABASE_URL", "sqlite:///:memory:"): (
        "'sqlite:///:memory:' keeps nothing; name a file, as sqlite:////var/lib/grantline/grants.db"
    ),
}


def test_wrong_setting_is_refused(grants: Terminal) -> None:
    for (name, value), said in SETTINGS.items():
        with pytest.MonkeyPatch.context() as wrong:
            wrong.setenv(f"GRANTS_{name}", value)
            assert grants.refuses("status") == f"A setting is not valid: GRANTS_{name}: {said}"


def test_wrong_language_is_refused_in_the_one_that_an_office_has_without_it(
    grants: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRANTS_LANGUAGE", "fi")
    assert grants.refuses("status") == "En inställning är fel: GRANTS_LANGUAGE: ”fi” är inget av: sv, en"


def test_settings_that_are_saved_otherwise_than_in_utf_8_are_refused(
    grants: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GRANTS_SETTINGS")
    Path(".env").write_bytes("GRANTS_MAIL_FROM=Länsstyrelsen <grants@example.org>\n".encode("cp1252"))
    said = f"A setting is not valid: the file {Path('.env').absolute()} is not UTF-8; save it so"
    assert grants.refuses("status") == said


@pytest.mark.parametrize("file", [None, ".env"])
def test_setting_that_there_is_not_is_refused(
    grants: Terminal, monkeypatch: pytest.MonkeyPatch, file: str | None
) -> None:
    if file:
        monkeypatch.delenv("GRANTS_SETTINGS")
        Path(file).write_text("GRANTS_SMPT_HOST=mail.example.org\nOTHER=1\n")
    else:
        monkeypatch.setenv("GRANTS_SMPT_HOST", "mail.example.org")
    monkeypatch.setenv("GRANTS_SECRET_LEDGER", "a source's own")
    assert grants.refuses("status") == (
        "A setting is not valid: there is no GRANTS_SMPT_HOST; did you mean 'GRANTS_SMTP_HOST'?"
    )


def test_open_mail_to_elsewhere_is_refused(grants: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRANTS_SMTP_TLS", "none")
    monkeypatch.setenv("GRANTS_SMTP_HOST", "mail.example.org")
    said = "A setting is not valid: GRANTS_SMTP_TLS=none is for loopback only, not for 'mail.example.org'"
    assert grants.refuses("status") == said


# As processes.


def process(*arguments: str, home: Path, code: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command, or code, in a process of its own."""
    command = [sys.executable, "-c", code or "from deployments.cli.main import main; main()", *arguments]
    environment = os.environ | {"GRANTS_HOME": str(home), "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)


def a_home(folder: Path) -> None:
    """Put a new, migrated database where a home has it."""
    engine = a_database(folder)
    engine.dispose()
    Path(str(engine.url.database)).rename(folder / "grantline.db")


def test_commands_as_processes(tmp_path: Path) -> None:
    missing = process("status", home=tmp_path)
    assert (missing.returncode, missing.stdout) == (2, "")
    assert missing.stderr.startswith(f"grants: Databasen är inte klar: {tmp_path}/grantline.db finns inte än")
    assert missing.stderr.count("\n") == 1
    assert process("init", home=tmp_path).returncode == 0
    shown = import_at_a_terminal(tmp_path)
    assert "Importerar bidrag" in shown
    assert "100%" in shown
    assert process("release", "REF-2009-2", "2", "--by", OWNER, home=tmp_path).returncode == 1


def import_at_a_terminal(home: Path) -> str:
    """Import the reference case where a terminal is; return what it shows meanwhile."""
    ours, theirs = pty.openpty()
    try:
        termios.tcsetwinsize(theirs, (24, 80))
        command = [
            sys.executable,
            "-c",
            "from deployments.cli.main import main; main()",
            "import",
            str(REFERENCE),
        ]
        environment = os.environ | {"GRANTS_HOME": str(home), "PYTHONPATH": str(ROOT), "TERM": "xterm"}
        done = subprocess.run(
            command, cwd=home, env=environment, stderr=theirs, stdout=subprocess.PIPE, check=True, text=True
        )
        assert done.stdout.startswith(f"{REFERENCE}: 19 nya (")
        return os.read(ours, 10_000).decode()
    finally:
        os.close(ours)
        os.close(theirs)


# One process for all: each is run for real, and what it loads stays loaded.


def test_status_loads_no_models_and_no_holidays(tmp_path: Path) -> None:
    """They take a third of what the command does."""
    a_home(tmp_path)
    code = (
        "import sys; from deployments.cli.main import run; run(['status'])\n"
        "sys.exit(sorted({'sqlmodel', 'sqlalchemy.orm', 'prefect', 'holidays'} & set(sys.modules)) or None)"
    )
    done = process(home=tmp_path, code=code)
    assert (done.returncode, done.stderr) == (0, "")


def test_status_reads_columns_that_its_tables_have() -> None:
    for light in standing.TABLES:
        whole = SQLModel.metadata.tables[light.name]
        for column in light.columns:
            kind = whole.columns[column.name].type
            while isinstance(kind, TypeDecorator):
                kind = kind.impl_instance
            assert column.type._type_affinity is kind._type_affinity, f"{light.name}.{column.name}"


def test_help_lists_every_command_in_a_line_and_loads_none(tmp_path: Path) -> None:
    code = (
        "import sys; from deployments.cli.main import run; run(['--help'])\n"
        "ours = {'deployments.cli', 'deployments.cli.main', 'deployments.cli.usage_faults'}\n"
        "others = {'pydantic', 'sqlalchemy', 'jinja2', 'babel', 'prefect', 'holidays'}\n"
        "loaded = {name for name in sys.modules if name.startswith(('tasks', 'deployments.'))}\n"
        "sys.exit(sorted(loaded - ours | others & set(sys.modules)) or None)"
    )
    done = process(home=tmp_path, code=code)
    assert (done.returncode, done.stderr) == (0, "")
    _, listed = done.stdout.split("Commands:\n")
    assert [line.split()[0] for line in listed.splitlines()] == list(COMMANDS)


def test_closed_pipe_is_no_error(tmp_path: Path) -> None:
    code = (
        "import os, sys; from deployments.cli.main import main\n"
        "reads, writes = os.pipe(); os.close(reads); os.dup2(writes, 1)\n"
        "sys.argv[1:] = ['--help']; main()"
    )
    done = process(home=tmp_path, code=code)
    assert (done.returncode, done.stderr) == (0, "")


# What the README says.


def _leaves(name: str) -> Iterator[tuple[str, click.Command]]:
    """Yield a command by its words, or those of a group."""
    command = cli.grants.get_command(click.Context(cli.grants), name)
    assert command is not None
    if isinstance(command, click.Group):
        yield from ((f"{name} {key}", one) for key, one in command.commands.items())
    else:
        yield name, command


LEAVES = {words: command for name in COMMANDS for words, command in _leaves(name)}


def test_readme_documents_every_command_with_every_option() -> None:
    for words, command in LEAVES.items():
        (row,) = re.findall(rf"^\* `grants {words}(?=[ `])((?:.|\n  )*)", COMMAND_LIST, re.MULTILINE)
        given = [one for one in command.params if isinstance(one, click.Option)]
        options = {name for option in given for name in option.opts if name.startswith("--")}
        # Said once for all: every reading command takes it.
        assert set(re.findall(r"--[a-z-]+", row)) == options - {"--json"}, words


def test_readme_documents_no_command_that_is_not_there() -> None:
    named = re.findall(r"^\* `grants ([a-z]+(?:-[a-z]+)*(?: [a-z]+)*)", COMMAND_LIST, re.MULTILINE)
    assert sorted(named) == sorted(LEAVES)


def test_readme_documents_every_setting() -> None:
    for name, field in Settings.model_fields.items():
        default = field.default
        shown = getattr(default, "get_secret_value", lambda default=default: default)()
        cell = "unset" if shown == "" else f"`{shown}`"
        assert f"| `GRANTS_{name.upper()}` | {cell} | {field.description} |" in README


def test_readme_documents_no_setting_that_is_not_there() -> None:
    named = set(re.findall(r"`GRANTS_([A-Z_]+)`", README))
    assert named == {name.upper() for name in Settings.model_fields} | {"SETTINGS"}  # which names the file
