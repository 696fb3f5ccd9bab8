"""Hold the command line to one clear line, whatever it is given: files that never end, days that are none, bytes."""

from __future__ import annotations

import os
from pathlib import Path
from shutil import copytree

import pytest

from deployments.cli.main import run
from tests.grant_scenes import OWNER, REFERENCE


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the reference case in its database, to be copied."""
    made = tmp_path_factory.mktemp("imported") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRANTS_HOME", str(made))
        assert run(["init"]) == 0
        assert run(["import", str(REFERENCE)]) == 0
    return made


@pytest.fixture
def home(imported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a home that has the reference case in its database."""
    copytree(imported, tmp_path / "home")
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GRANTS_LANGUAGE", "en")
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command that must be refused as bad input; return its one line."""
    capsys.readouterr()
    assert run(arguments) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    return lines[0]


ANSWER = ("answer", "REF-2009-2", "follow-up-2010-q1", "--by", OWNER)


@pytest.mark.parametrize(
    "named", [("import", "x.yaml"), ("import", "x.csv"), ("check", "x.yaml"), ("replay", "x.yaml")]
)
def test_pipe_for_a_file_is_refused(
    home: Path, capsys: pytest.CaptureFixture[str], named: tuple[str, str]
) -> None:
    """It would be read for ever."""
    path = home / named[1]
    os.mkfifo(path)
    assert said(capsys, named[0], str(path)).endswith(f"{path}: not a plain file")


def test_device_for_an_answer_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    link = home / "answers.json"
    link.symlink_to("/dev/zero")
    assert said(capsys, *ANSWER, "--file", str(link)).endswith(f"{link}: not a plain file")


def test_large_file_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = home / "people.csv"
    with path.open("wb") as file:
        file.truncate(20_000_001)
    assert said(capsys, "import", str(path)).endswith("is larger than 20 MB")


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "1899-12-31", "2100-01-01"])
@pytest.mark.parametrize(
    "command",
    [
        ("round", "--on"),
        ("status", "--on"),
        ("explain", "REF-2009-2", "final-report", "--on"),
        ("extend", "REF-2009-2", "final-report", "--reason", "why", "--by", OWNER, "--to"),
        (*ANSWER, "--note", "why", "--not-yet"),
    ],
    ids=lambda command: str(command[0]),
)
def test_day_outside_the_calendar_is_refused(
    home: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...], day: str
) -> None:
    assert "is not between the years 1900 and 2099" in said(capsys, *command, day)


@pytest.mark.parametrize("day", ["20101231", "2010-W01-1", "2010-12-31T00:00", ""])
def test_day_written_otherwise_is_refused(home: Path, capsys: pytest.CaptureFixture[str], day: str) -> None:
    assert "write it as 2010-12-31" in said(capsys, "status", "--on", day)


@pytest.mark.parametrize("command", [("status",), ("plan",), ("journal",), ("round", "--grant")])
def test_argument_that_is_no_text_is_refused(
    home: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    assert "an argument is not UTF-8 text" in said(capsys, *command, "\udcff")


def test_name_that_is_too_long_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "File name too long" in said(capsys, "check", "a" * 5_000)


def test_home_that_cannot_be_made_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path / "file"))
    assert str(tmp_path / "file") in said(capsys, "init")


@pytest.mark.usefixtures("english")
def test_database_port_that_is_no_number_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRANTS_DATABASE_URL", "postgresql://localhost:port/grants")
    assert "GRANTS_DATABASE_URL is not the address of a database" in said(capsys, "status")


@pytest.mark.parametrize("email", ["..@example.org", ".a@example.org", "a.@example.org", "a..b@example.org"])
def test_address_that_no_letter_can_bear_is_refused(
    home: Path, capsys: pytest.CaptureFixture[str], email: str
) -> None:
    path = home / "people.csv"
    path.write_text(f"email,name\n{email},A\n", encoding="utf-8")
    assert said(capsys, "import", str(path)).endswith(f"A2: '{email}' is not an email address")


@pytest.mark.parametrize("email", ["a.b+c@example.org", "o'neil@example.org", "!#$%&*/?^_{|}~-@example.org"])
def test_address_that_is_odd_and_valid_is_taken(home: Path, email: str) -> None:
    path = home / "people.csv"
    path.write_text(f"email,name\n{email},A\n", encoding="utf-8")
    assert run(["import", str(path)]) == 0


@pytest.mark.parametrize("name", ["GRANTS_MAIL_FROM", "GRANTS_ADMIN_EMAIL"])
@pytest.mark.parametrize("value", ["nonsense", "a@b@c", "a\r\nBcc: x@example.org"])
def test_sender_that_is_no_address_is_refused_before_it_spoils_letters(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    line = said(capsys, "deliver")
    assert f"{name}: " in line
    assert line.endswith("är ingen e-postadress")
