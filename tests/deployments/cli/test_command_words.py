"""Hold the words in which commands answer: what is left out, what is counted, and what they say is not there."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from shutil import copytree

import pytest

from deployments.cli.main import run
from deployments.up.home import hold_home, noted_port
from models.commands.steps import ConfirmReading
from models.errors import BadInput, HomeInUse
from models.forms.spec import command_from
from models.programme.plan import Programme
from tasks.outbox.deliver import DeliveryReport
from tasks.programmes.notes import programme_notes
from tests.builders import a_programme
from tests.grant_scenes import OWNER, REFERENCE, put_figures, today

STEP = "follow-up-2010-q1"
Say = Callable[..., str]


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that holds the reference case, to be copied."""
    made = tmp_path_factory.mktemp("imported") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRANTS_HOME", str(made))
        assert run(["init"]) == 0
        put_figures(made)
        on = ("--on", "2009-12-01")
        assert run(["import", str(REFERENCE), *on]) == 0
        assert run(["confirm-import", "REF-2009-1", "REF-2009-2", "--by", OWNER, "--yes", *on]) == 0
    return made


@pytest.fixture
def grants(
    imported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Say:
    """Run a command in a home that holds the reference case; return what it said on both streams."""
    copytree(imported, tmp_path / "home")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PREFECT_API_URL", raising=False)

    def say(*arguments: str, ends: int | None = 0) -> str:
        capsys.readouterr()
        with pytest.MonkeyPatch.context() as english:
            if ends:
                english.setenv("GRANTS_LANGUAGE", "en")
            code = run(arguments)
        assert ends in (code, None)
        printed = capsys.readouterr()
        return printed.out + printed.err

    return say


@pytest.mark.parametrize(
    ("report", "said"),
    [
        pytest.param(DeliveryReport(), "0 letters were due", id="nothing"),
        pytest.param(DeliveryReport(accepted=2, bounced=1), "2 accepted, 1 bounced", id="what is not zero"),
        pytest.param(
            DeliveryReport(deferred=1, unconfirmed=2, cancelled=3, requeued=5),
            "1 refused for now, 2 unconfirmed, 3 cancelled, 5 back in the queue",
            id="the rest, in order",
        ),
    ],
)
def test_delivery_is_told_in_one_line(report: DeliveryReport, said: str) -> None:
    assert report.said_in("en") == said


def test_deliver_says_what_became_of_the_letters(grants: Say) -> None:
    grants("round", "--on", "2010-10-08")
    # It is a Friday: three heads hear where the grants stand, too.
    assert grants("deliver") == "5 kept in the mailbox\n"
    assert grants("deliver") == "0 letters were due\n"


def test_explanation_of_a_captured_letter_does_not_claim_that_it_left(grants: Say) -> None:
    grants("round", "--on", "2010-04-23")
    asked = ("explain", "REF-2009-2", STEP)
    assert "the letter waits to leave." in grants(*asked)
    grants("deliver")
    said = grants(*asked)
    assert "the letter is kept in the mailbox." in said
    assert "accepted" not in said


@pytest.mark.parametrize("command", ["claim", "paid"])
def test_money_before_its_time_is_not_called_a_release(grants: Say, command: str) -> None:
    said = grants(command, "REF-2009-2", "2", "--by", OWNER, ends=1)
    assert "The instalment is not ready for that: instalment 2 of REF-2009-2 is withheld" in said


def test_status_counts_one_day_as_one(grants: Say) -> None:
    assert "  1 day LATE  " in grants("status", "REF-2009-2", "--on", "2009-11-20")
    assert "  1 day  " in grants("status", "REF-2009-2", "--on", "2009-11-18")


def test_journal_leaves_out_what_is_empty(grants: Say) -> None:
    said = grants("journal")
    assert "REF-2009-2" in said
    assert "=None" not in said
    assert "=," not in said


def test_check_notes_what_a_programme_leaves_to_people() -> None:
    assert list(map(str, programme_notes(Programme.model_validate(a_programme())))) == [
        "a decision must give final_report: 'grants decide REF ... --date final_report=DATE'",
        "follow-up counts from the whole period's end, also where the grant ends before it",
        "follow-up: a month after 30 June is 30 July; for the month's end say 'end of the month'",
    ]


def test_check_notes_where_readings_differ_and_what_has_no_swedish_name() -> None:
    content = a_programme()
    final = next(one for one in content["steps"] if one["key"] == "final-report")
    final["title"] = {"sv": "final report", "en": "final report"}
    final["due"] = (
        "either 30 days after grant_end (one page) or 1 month after grant_end (another) even on a day off"
    )
    said = [str(note) for note in programme_notes(Programme.model_validate(content))]
    assert "nobody knows what final-report is called in Swedish: add 'title: {sv: ..., en: ...}'" in said
    assert any(
        one.startswith("final-report: its readings differ for all of 3 652 days but 1250, as") for one in said
    )


def test_check_prints_its_notes(grants: Say) -> None:
    assert "note: a decision must give final_report: 'grants decide REF" in grants("check", "lova")


def test_doctor_before_the_first_start_finds_no_trouble_in_prefect(
    grants: Say, monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    # Somebody may run Grantline on this machine, at its usual port.
    monkeypatch.setenv("GRANTS_PORTAL_URL", f"http://127.0.0.1:{free_port}")
    said = grants("doctor", ends=None)  # on a working day the audit misses a round
    (line,) = [line for line in said.splitlines() if " prefect " in line]
    assert line.split(maxsplit=2) == ["ok", "prefect", "not started here yet; 'grants up' starts it"]
    assert "ok       triggers     the database has those that Grantline makes" in said


def test_doctor_asks_prefect_where_grantline_runs(grants: Say, tmp_path: Path, free_port: int) -> None:
    with hold_home(tmp_path / "home", free_port - 1):
        said = grants("doctor", ends=1)
    assert f"TROUBLE  prefect      http://127.0.0.1:{free_port}/api does not answer" in said


def test_home_is_held_by_one_process_at_a_time(tmp_path: Path) -> None:
    with hold_home(tmp_path, 9000):
        held = pytest.raises(HomeInUse, match=rf"runs from .* already \(process {os.getpid()}\)")
        with held, hold_home(tmp_path, 9002):
            pass
        assert noted_port(tmp_path) == 9000
    with hold_home(tmp_path, 9002):
        assert noted_port(tmp_path) == 9002


def test_doctor_names_the_mail_server_once(
    grants: Say, monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    for name, value in (("HOST", "127.0.0.1"), ("PORT", str(free_port)), ("TLS", "none")):
        monkeypatch.setenv(f"GRANTS_SMTP_{name}", value)
    (line,) = [line for line in grants("doctor", ends=1).splitlines() if " mail " in line]
    assert line.startswith("TROUBLE")
    assert f"Error connecting to 127.0.0.1 on port {free_port}" in line
    assert f"127.0.0.1:{free_port}" not in line


def test_decide_shows_a_correction_before_it_makes_it(grants: Say) -> None:
    wrong = ("decide", "REF-2009-2", "--correct", "2009-11-05", "--on", "2009-11-06", "--by", OWNER)
    shown = grants(*wrong, "--dry-run")
    assert "payment  claim-advance  by  2009-11-19  2009-11-20\n" in shown
    assert shown.endswith("Nothing is changed yet.\n")
    made = grants(*wrong)
    assert made == shown.replace("Nothing is changed yet.", "Done.")
    assert "2009-11-20" in grants("plan", "REF-2009-2")


def test_correction_that_takes_a_date_away_says_what_is_not_watched(grants: Say) -> None:
    said = grants("decide", "REF-2009-2", "--correct", "2009-11-05", "--date", "final_report_on=")
    assert "no decision says final_report yet, so what counts from it is not watched: '--correct DAY" in said


def refuse(grants: Say, *arguments: str) -> str:
    """Run a command that must be refused as bad input; return its one line."""
    (line,) = grants(*arguments, ends=2).splitlines()
    return line


def test_decide_says_what_a_decision_lacks(grants: Say) -> None:
    for options, said in (
        (("--amount", "1"), "say the day of the decision: --on DATE"),
        (("--on", "2009-12-01", "--annul"), "say which (--correct DAY)"),
        (("--on", "2009-12-01", "--date", "final_report_on="), "--date: Give a day."),
    ):
        assert said in refuse(grants, "decide", "REF-2009-2", *options)


def test_option_that_an_act_needs_is_asked_for(grants: Say) -> None:
    step = ("REF-2009-2", "final-report", "--by", OWNER)
    assert "Missing option '--on'" in refuse(grants, "confirm", *step)
    assert "Missing option '--to'" in refuse(grants, "extend", *step, "--reason", "why")
    with pytest.raises(BadInput, match="reading: Give a day"):
        command_from(ConfirmReading, (), grant="REF-2009-2", step="final-report")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("sv", "grants: Bidraget har inget sådant steg: ”xyz” i REF-2009-2; det här finns: "),
        ("en", "grants: The grant has no such step: 'xyz' in REF-2009-2; known: "),
    ],
)
def test_refusal_is_in_the_office_s_language(
    grants: Say, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], language: str, said: str
) -> None:
    monkeypatch.setenv("GRANTS_LANGUAGE", language)
    assert run(["approve", "REF-2009-2", "xyz", "--by", OWNER]) == 2
    assert capsys.readouterr().err.startswith(said)


ANSWER = ("answer", "REF-2009-2", STEP, "--by", OWNER)


def test_what_would_be_read_for_ever_or_is_too_large_is_refused(grants: Say, tmp_path: Path) -> None:
    for command, name in (
        ("import", "x.yaml"),
        ("import", "x.csv"),
        ("check", "x.yaml"),
        ("replay", "x.yaml"),
    ):
        pipe = tmp_path / command / name
        pipe.parent.mkdir(exist_ok=True)
        os.mkfifo(pipe)
        assert refuse(grants, command, str(pipe)).endswith(f"{pipe}: not a plain file")
    link, large = tmp_path / "answers.json", tmp_path / "people.csv"
    link.symlink_to("/dev/zero")
    plain = tmp_path / "plain.csv"
    plain.write_text("a;b\n")
    both = ("--file", str(plain), "--file", str(link))
    assert refuse(grants, *ANSWER, *both).endswith(f"{link}: not a plain file")
    assert "no such step" in refuse(
        grants, "answer", "REF-2009-2", "xyz", "--by", OWNER, "--file", str(plain)
    )
    assert [one for one in (tmp_path / "home" / "documents").rglob("*") if one.is_file()] == []
    with large.open("wb") as file:
        file.truncate(20_000_001)
    assert refuse(grants, "import", str(large)).endswith("is larger than 20 MB")
    assert "File name too long" in refuse(grants, "check", "a" * 5_000)


def test_day_that_is_none_of_ours_is_refused(grants: Say) -> None:
    final = ("REF-2009-2", "final-report")
    long = "why " * 60  # a page's line would be shorter
    extends = ("extend", *final, "--paper", "Dnr 1", "--by", OWNER, "--reason", long, "--to")
    for day in ("1899-12-31", "2100-01-01"):
        for command in (("round", "--on"), ("status", "--on")):
            assert "is not between the years 1900 and 2099" in refuse(grants, *command, day)
        for acts in (extends, (*ANSWER, "--note", "why", "--not-yet")):
            assert "Write a day, such as 4/12, Friday or 4 December 2026." in refuse(grants, *acts, day)
    for day in ("20101231", "2010-W01-1", "2010-12-31T00:00", ""):
        assert "write it as 2026-12-31" in refuse(grants, "status", "--on", day)


def test_argument_that_is_no_text_is_refused(grants: Say) -> None:
    for command in (("status",), ("plan",), ("journal",), ("round", "--grant")):
        assert "an argument is not UTF-8 text" in refuse(grants, *command, "\udcff")


def test_home_or_database_that_cannot_be_is_refused(
    grants: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path / "file"))
    assert str(tmp_path / "file") in refuse(grants, "init")
    monkeypatch.setenv("GRANTS_DATABASE_URL", "postgresql://localhost:port/grants")
    assert "GRANTS_DATABASE_URL is not the address of a database" in refuse(grants, "status")


def test_address_that_no_letter_can_bear_is_refused_and_one_that_is_odd_is_taken(
    grants: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "people.csv"
    for email in ("..@example.org", ".a@example.org", "a.@example.org", "a..b@example.org"):
        path.write_text(f"email,name\n{email},A\n", encoding="utf-8")
        assert refuse(grants, "import", str(path)).endswith(f"A2: '{email}' is not an email address")
    for email in ("a.b+c@example.org", "o'neil@example.org", "!#$%&*/?^_{|}~-@example.org"):
        path.write_text(f"email,name\n{email},A\n", encoding="utf-8")
        grants("import", str(path))
    # A sender is refused before it spoils letters.
    for name in ("GRANTS_MAIL_FROM", "GRANTS_ADMIN_EMAIL"):
        for value in ("nonsense", "a@b@c", "a\r\nBcc: x@example.org"):
            with monkeypatch.context() as wrong:
                wrong.setenv(name, value)
                line = refuse(grants, "deliver")
            assert line.endswith("is not an email address")
            assert f"{name}: " in line


def test_who_is_away_or_leaves_is_said_by_the_acts_own_options(grants: Say) -> None:
    by = ("--by", "admin@example.org")
    tomorrow = today() + timedelta(days=1)
    away = ("absence", OWNER, "--first", str(tomorrow), *by)
    shown = grants(*away, "--last", str(tomorrow + timedelta(days=4)), "--dry-run")
    assert shown == "Meanwhile 3 emails to Ställföreträdaren.\nNothing is changed yet.\n"
    saved = grants(*away, "--last", str(tomorrow + timedelta(days=4)))
    assert saved.endswith("The absence is saved.\n")
    other = ("absence", OWNER, "--change", str(tomorrow), "--first", str(tomorrow + timedelta(days=1)), *by)
    assert grants(*other).endswith("The absence is saved.\n")
    gone = grants("absence", OWNER, "--change", str(tomorrow), *by, ends=2)
    assert gone.endswith(f"no absence of theirs begins on {tomorrow}\n")
    remove = ("absence", OWNER, "--remove", str(tomorrow + timedelta(days=1)), *by)
    assert grants(*remove) == "The absence is removed.\n"
    assert "no absence of theirs begins on" in grants(*remove, ends=2)
    assert grants("absence", OWNER, *by, ends=1).endswith(": Say the first day away, the last, or both.\n")
    assert "Choose" in grants("absence", OWNER, "--first", "2030-02-01", "--last", "2030-01-01", *by, ends=2)
    over = ("hand-over", OWNER, "--to", "unit.manager@example.org", *by)
    shown = grants(*over, "--dry-run")
    assert shown.startswith("2 grants and ")
    assert shown.endswith("Nothing is changed yet.\n")
    assert grants(*over, "--grant", "ref-2009-2").startswith("1 grant and ")
    left = ("departure", OWNER, "--on", "i dag", *by)
    assert grants(*left, ends=1).endswith(": pass it on first\n")
    passed_on = (*left, "--to", "unit.manager@example.org")
    assert grants(*passed_on, "--dry-run").startswith("1 grant and ")
    assert grants(*passed_on).startswith("1 grant and ")
    assert (
        grants("departure", "deputy@example.org", "--on", "i dag", *by)
        == "0 grants and 0 steps go to nobody.\n"
    )
