"""Replay the reference case: it ends closed, its money in order, and its letters as a reader would want them."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import html5lib
import pytest
from sqlalchemy import Engine

from deployments.cli.main import run
from deployments.replay.clock import Played
from models.intake.scenario import Scenario
from models.rules.dates.calendar import WorkCalendar
from models.tables.grant import Grant
from models.tables.letter import Letter, Notice
from models.tables.person import Person
from tasks.commands.files.file_store import FileStore
from tasks.documents.bundle.index import write_bundle
from tasks.intake.files import read_scenario
from tasks.store.database import open_engine, reading
from tasks.store.foundation import is_sample
from tasks.store.journal import broken_links
from tasks.words.translator import translator
from tests.builders import a_database
from tests.grant_scenes import HEAD, OWNER, REFERENCE, SECRETARY, TOP, grant, rows, steps, sums, told
from tests.receipt_words import in_words
from tests.reference_case import played_to_its_end, reference, replay_of
from tests.source_tree import ROOT

FIRST, SECOND = "REF-2009-1", "REF-2009-2"
LATE = "follow-up-2010-q2"
CALENDAR = WorkCalendar("SE")


def replay(engine: Engine, until: date | None = None, scenario: Scenario | None = None) -> Played:
    """Play a scenario into the database."""
    return replay_of(engine, scenario or reference()).play(until)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Played]]:
    """The reference case, played to its end once."""
    engine, story = played_to_its_end(tmp_path_factory.mktemp("replay"))
    yield engine, story
    engine.dispose()


Events = list[dict[str, Any]]


def named(events: Events, name: str, reference: str = SECOND) -> Events:
    """Return a grant's events of one name."""
    return [event for event in events if event["event"] == name and event["grant"] == reference]


def test_both_grants_end_closed_and_paid(played: tuple[Engine, Played]) -> None:
    engine, _ = played
    assert [grant(engine, one).status for one in (FIRST, SECOND)] == ["closed", "closed"]
    assert sums(engine, FIRST) == [("paid", 78_900_000)]
    assert sums(engine, SECOND) == [("paid", 40_000_000), ("paid", 10_000_000)]
    assert grant(engine, FIRST).award_minor == 78_900_000
    sent = steps(engine, SECOND)["final-report"]
    assert sent.done_on <= sent.due_on == date(2011, 1, 20)


def test_registry_gets_what_was_signed_and_sent_in_the_order_of_its_days(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    replay_of(engine, read_scenario(REFERENCE), tmp_path / "home").play()
    target = tmp_path / "bundle.zip"
    write_bundle(engine, FileStore(tmp_path / "home" / "documents"), SECOND, target, translator("sv"))
    with ZipFile(target) as archive:
        index = archive.read("index.csv").decode("utf-8-sig").splitlines()
    lines = [dict(zip(index[0].split(";"), line.split(";"), strict=True)) for line in index[1:]]
    days = [line["Datum"] for line in lines]
    assert days == sorted(days)
    with_file = {(line["Riktning"], line["Beskrivning"]) for line in lines if line["Fil"].endswith(".docx")}
    assert with_file == {
        ("upprättad", "Rekvisition av första delen, version 1"),
        ("utgående", "Rekvisition av första delen, version 1, skickad till bidragsgivaren"),
        ("upprättad", "Slutrapporten, version 1, godkänd 2011-01-18"),
        ("upprättad", "Tjänsteutlåtandet, version 1, godkänd 2011-01-18"),
        ("upprättad", "Följebrevet, version 1"),
        ("utgående", "Slutrapporten, version 1, skickad till bidragsgivaren"),
        ("utgående", "Följebrevet, version 1, skickad till bidragsgivaren"),
        ("upprättad", "Rekvisition av sista delen, version 1"),
        ("utgående", "Rekvisition av sista delen, version 1, skickad till bidragsgivaren"),
    }
    engine.dispose()


def test_last_fifth_is_released_last_and_only_after_the_approval(played: tuple[Engine, Played]) -> None:
    _, story = played
    order = [
        (event["event"], event["detail"].get("instalment"))
        for event in story.events
        if event["grant"] == SECOND
        and event["event"] in ("step_approved", "instalment_released", "release_requested", "release_refused")
        and not (event["step"] or "").startswith("draft-")
    ]
    assert order == [
        ("instalment_released", 1),
        ("release_refused", None),  # too early
        ("step_approved", None),  # by the funder
        ("release_requested", 2),
        ("release_refused", None),  # the same person
        ("instalment_released", 2),
    ]
    released = named(story.events, "instalment_released")
    assert [(event["on"], event["detail"]["amount_minor"]) for event in released] == [
        ("2009-11-05", 40_000_000),
        ("2011-02-25", 10_000_000),
    ]
    assert [event["person"] for event in released] == [None, "controller@example.org"]


def test_meeting_before_the_final_report_confirms_at_once(played: tuple[Engine, Played]) -> None:
    engine, story = played
    planned = named(story.events, "meeting_planned")
    assert [(event["on"], event["step"], event["detail"]) for event in planned] == [
        (
            "2009-11-05",
            "draft-approval",
            {"fit": "fits", "held_on": "2011-01-18", "confirmed_on": "2011-02-01", "immediate": True},
        )
    ]
    approval = steps(engine, SECOND)["draft-approval"]
    assert in_words(approval.receipt).warnings[0] == (
        "last usable meeting: 2011-01-18; normal confirmation of the minutes would end on 2011-02-01, after the due"
        " date; propose immediate confirmation"
    )
    assert approval.done_on == approval.due_on == date(2011, 1, 18)
    # Sent back on the 11th: mended in time for the documents of the same meeting.
    moved = named(story.events, "due_date_moved")
    assert [(event["step"], event["detail"]["now"]) for event in moved] == [
        ("draft", "2011-01-12"),
        ("draft-head-of-department", "2011-01-13"),
    ]


def test_memo_is_begun_six_weeks_ahead_read_and_signed_before_the_committee(
    played: tuple[Engine, Played],
) -> None:
    _, story = played
    begun = [
        (event["on"], event["detail"]["rung"])
        for event in named(story.events, "reminder_queued")
        if event["step"] == "draft"
    ]
    assert begun[0] == ("2010-11-29", "42-days-before")
    passed = [
        (event["on"], event["step"], event["person"])
        for event in named(story.events, "step_approved")
        if event["step"].startswith("draft-")
    ]
    assert passed == [
        ("2011-01-13", "draft-head-of-department", HEAD),
        ("2011-01-14", "draft-head-of-administration", TOP),
        ("2011-01-18", "draft-approval", SECRETARY),
    ]


def test_late_follow_up_climbs_exactly_two_rungs(played: tuple[Engine, Played]) -> None:
    engine, story = played
    climbed = [
        (event["on"], event["detail"]["rung"], event["person"])
        for event in named(story.events, "escalation_queued")
        if event["step"] == LATE
    ]
    assert climbed == [
        ("2010-08-02", "1-working-day-after", OWNER),
        ("2010-08-02", "1-working-day-after", "unit.manager@example.org"),
        ("2010-08-06", "5-working-days-after", OWNER),
        ("2010-08-06", "5-working-days-after", "department.head@example.org"),
    ]
    assert steps(engine, SECOND)[LATE].done_on == date(2010, 8, 9)


def test_returned_draft_is_told_and_mended(played: tuple[Engine, Played]) -> None:
    engine, story = played
    returned = named(story.events, "report_returned")
    assert [(event["on"], event["step"]) for event in returned] == [("2011-01-11", "draft")]
    assert [rung for key, rung, _ in told(engine, "returned") if key == "draft"] == ["returned-1"]
    # Time to change it, and to read it again: nobody is escalated to about either.
    late = {event["step"] for event in named(story.events, "escalation_queued")}
    assert late.isdisjoint({"draft", "draft-head-of-department"})


def test_funders_silence_is_asked_about(played: tuple[Engine, Played]) -> None:
    engine, _ = played
    about = [(rung, who) for key, rung, who in told(engine) if key == "final-report-approval"]
    assert ("on-the-day", OWNER) in about


def test_no_letter_on_a_day_off_and_one_of_tasks_a_person_a_day(played: tuple[Engine, Played]) -> None:
    engine, story = played
    letters = rows(engine, Letter)
    assert letters
    assert [row.letter_on for row in letters if not CALENDAR.is_working(row.letter_on)] == []
    assert [day for day in story.rounds if not CALENDAR.is_working(day)] == []
    tasks = Counter((row.person_id, row.letter_on) for row in letters if row.kind == "tasks")
    assert {*tasks.values()} == {1}


def test_every_letter_is_kept_in_the_mailbox_or_cancelled(played: tuple[Engine, Played]) -> None:
    engine, _ = played
    found = rows(engine, Letter)
    assert {row.status for row in found} <= {"captured", "cancelled"}
    assert all(row.content for row in found if row.status == "captured")
    carried = {row.letter_id for row in rows(engine, Notice)}
    assert {row.id for row in found} == carried
    with reading(engine) as connection:
        assert is_sample(connection)


def test_no_rung_is_told_twice_and_rungs_rise(played: tuple[Engine, Played]) -> None:
    engine, _ = played
    climbs: dict[tuple[int, date, int], list[tuple[date, int]]] = {}
    for row in rows(engine, Notice):
        if row.position:
            climbs.setdefault((row.step_id, row.due_on, row.person_id), []).append(
                (row.told_on, row.position)
            )
    assert climbs
    for climb in climbs.values():
        assert climb == sorted(climb)
        assert len({position for _, position in climb}) == len(climb)


def test_journal_of_the_replay_holds_and_it_ends_soon_after_the_close(played: tuple[Engine, Played]) -> None:
    engine, story = played
    with reading(engine) as connection:
        assert list(broken_links(connection)) == []
    assert story.events[-1]["event"] == "grant_closed" or story.events[-1]["on"] >= "2011-03-29"
    assert story.rounds[0].year == 2009
    assert story.rounds[-1] <= date(2011, 4, 30)


# Twice.


# The command.


def test_replay_as_json_until_a_day_is_the_beginning_and_touches_nothing_of_ours(
    capsys: pytest.CaptureFixture[str],
    played: tuple[Engine, Played],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path / "home"))
    assert run(["replay", str(REFERENCE), "--json", "--until", "2010-02-28"]) == 0
    assert list(tmp_path.iterdir()) == []
    events, (_, story) = json.loads(capsys.readouterr().out), played
    assert len(events) > 20
    assert {frozenset(event) for event in events} == {
        frozenset({"on", "at", "event", "grant", "step", "person", "detail"})
    }
    # Who plays the file makes its papers, too; the tests' story leaves that to the tests.
    without = [event for event in events if event["event"] != "document_made"]
    told = [event for event in story.events if event["event"] != "document_made"]
    assert without == json.loads(json.dumps(told[: len(without)]))
    assert max(event["on"] for event in events) <= "2010-02-28" < told[len(without)]["on"]
    assert [event["at"] for event in events] == sorted(event["at"] for event in events)


def test_replay_as_a_story(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRANTS_LANGUAGE", "en")
    assert run(["replay", str(REFERENCE), "--until", "2010-08-06"]) == 0
    said = capsys.readouterr().out
    for line in (
        "2009-11-05  The funder's decision of 5 November 2009 was recorded: award.",
        "2009-11-05  Part 1 of the grant (400,000 SEK) may be claimed.",
        "2010-08-06  A letter to Avdelningschefen: “follow-up, quarter 2 2010” is",
        "REF-2009-1: Closed. Part 1, 789,000 SEK: paid",
    ):
        assert line in said


@pytest.mark.parametrize(
    ("language", "says"),
    [
        (
            "sv",
            ("Ett bidrags liv, uppspelat", "Vad som har hänt", "Ansökan", "Mejl"),
        ),
        ("en", ("A grant's life, replayed", "What has happened", "Application")),
    ],
)
def test_replay_writes_a_page_in_the_language_of_the_office(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    says: tuple[str, ...],
) -> None:
    monkeypatch.setenv("GRANTS_LANGUAGE", language)
    scenario, page = tmp_path / "scenario.yaml", tmp_path / "replay.html"
    early = "{on: 2009-01-08, grant: REF-1, claim: 1, by: ana@example.org, refused: true}"
    scenario.write_text(f"{SCRIPT}  - {early}\n", encoding="utf-8")
    assert run(["replay", str(scenario), "--html", str(page), "--until", "2009-02-01"]) == 0
    assert str(page) in capsys.readouterr().err
    root = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(
        page.read_text(encoding="utf-8")
    )
    assert root.get("lang") == language
    # The stylesheet as it is: quotation marks that are escaped would end its rules.
    (style,) = root.iter("style")
    assert (ROOT / "templates" / "static" / "style.css").read_text(encoding="utf-8").strip() in str(
        style.text
    )
    words = {"".join(element.itertext()).strip() for element in root.iter()}
    assert words >= set(says)
    tried = {"sv": "Ett försök avvisades. ", "en": "An attempt was refused. The instalment is not ready"}
    (refused,) = [one for one in words if one.startswith(tried[language])]
    assert "REF-1" in refused


def test_replay_is_kept_to_look_into_and_overwrites_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario, kept = tmp_path / "scenario.yaml", tmp_path / "kept"
    early = "{on: 2009-01-08, grant: REF-1, claim: 1, by: ana@example.org, refused: true}"
    scenario.write_text(f"{SCRIPT}  - {early}\n", encoding="utf-8")
    asked = ["replay", str(scenario), "--until", "2009-02-01", "--keep", str(kept)]
    assert run(asked) == 0
    assert f"GRANTS_HOME={kept}" in capsys.readouterr().err
    engine = open_engine(f"sqlite:///{kept}/grantline.db")
    assert [row.reference for row in rows(engine, Grant)] == ["REF-1"]
    engine.dispose()
    assert run(asked) == 2


SCRIPT = """\
organisations:
  - {key: funder, names: [{name: Funder}]}
people:
  - {email: ana@example.org, name: Ana}
grants:
  - reference: REF-1
    title: A grant
    programme: project-funds-2009
    funder: funder
    recipient: funder
    period_start_on: 2009-01-01
    period_end_on: 2009-12-31
    dates: {applied_on: {on: 2009-01-09}}
    roles: {coordinator: ana@example.org}
script:
"""


@pytest.mark.usefixtures("english")
def test_script_that_does_not_fit_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "scenario.yaml"
    for act, says in (
        (
            "grant: REF-1, claim: 1, by: ana@example.org",
            "REF-1: claim 1: The instalment is not ready for that: instalment 1 of REF-1: its sum is not known yet",
        ),
        (
            "grant: REF-1, answer: application, by: ana@example.org, refused: true",
            "REF-1: answer application: it must be refused, and was not",
        ),
        (
            "grant: REF-1, answer: application, by: bo@example.org",
            (
                "REF-1: answer application: There is no person with that address: 'bo@example.org' is not known;"
                " import the person first"
            ),
        ),
    ):
        path.write_text(f"{SCRIPT}  - {{on: 2009-01-08, {act}}}\n", encoding="utf-8")
        assert run(["replay", str(path)]) == 2
        said = capsys.readouterr()
        line = f"grants: The import file is not valid: script: 2009-01-08 {says}\n"
        assert (said.out, said.err) == ("", line)


@pytest.mark.usefixtures("english")
def test_scenario_without_days_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_text("people: [{email: ana@example.org, name: Ana}]\n", encoding="utf-8")
    assert run(["replay", str(path)]) == 2
    assert capsys.readouterr().err == (
        f"grants: The import file is not valid: {path}: it has no 'script' and no dates to play\n"
    )


def test_absence_in_a_scenario_is_stood_in_for(tmp_path: Path) -> None:
    """The clock stops on the first day of an absence, though nothing else happens on it."""
    engine, path = a_database(tmp_path), tmp_path / "scenario.yaml"
    ana = "{email: ana@example.org, name: Ana}"
    away = "deputy: bo@example.org, absences: [{first: 2009-01-07, last: 2009-01-08}]}"
    people = f"{ana[:-1]}, {away}\n  - {{email: bo@example.org, name: Bo}}"
    path.write_text(SCRIPT.replace(ana, people).removesuffix("script:\n"), encoding="utf-8")
    replay(engine, date(2009, 1, 8), read_scenario(path))
    owner, deputy = (row.id for row in rows(engine, Person))
    told_on = [
        (row.told_on, row.person_id, row.rung) for row in rows(engine, Notice) if "stand-in" in row.rung
    ]
    assert told_on == [(date(2009, 1, 7), deputy, f"stand-in-{owner}-2009-01-07")]
    engine.dispose()
