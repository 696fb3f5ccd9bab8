"""Try backups that are whole, damaged or old, and hold that a restored database lets no letter leave by itself."""

import json
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from deployments.cli.main import run
from models.events import OfficeEvent
from models.tables.journal import JournalEvent
from models.tables.letter import Letter
from tasks.commands.files.drafts import add_document, file_store_of
from tasks.settings import load_settings
from tasks.store.database import reading, transaction
from tasks.store.journal import Event, write_journal
from tasks.store.secrets import share
from tasks.watch.journal_head import journal_head, keep_head, kept_head
from tests.database_kinds import on_both
from tests.grant_scenes import OWNER, a_grant_that_was, at, person_id, rows, steps
from tests.tasks.watch.test_rows import drop_guards, forge


@pytest.fixture
def engine_kind() -> str:
    return "sqlite"


Try = Callable[[], dict[str, Any]]
DAY = date(2011, 1, 19)
ALL = ["database", "triggers", "keys", "journal", "rows", "head", "documents", "round"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_engine: Engine) -> Path:
    """A home whose grant was sent: letters wait, a file lies there, and the watch has kept the journal's head."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRANTS_HOME", str(home))
    monkeypatch.setenv("GRANTS_LANGUAGE", "en")
    monkeypatch.setenv("GRANTS_DATABASE_URL", own_engine.url.render_as_string(hide_password=False))
    a_grant_that_was(own_engine, "sent")
    share(own_engine, load_settings())
    with file_store_of(load_settings(home=home)).receive("rapport.csv") as receiver:
        receiver.write("besök;antal\nmaj;9\n".encode())
        kept = receiver.finish()
    with transaction(own_engine) as connection:
        step_id, by_id = steps(own_engine)["final-report"].id, person_id(own_engine, OWNER)
        add_document(connection, step_id, kept, by_id, at(DAY))
    watch_keeps_head(own_engine, home)
    return home


def watch_keeps_head(engine: Engine, home: Path) -> None:
    with reading(engine) as connection:
        head = journal_head(connection)
    assert head is not None
    keep_head(home, head)


@pytest.fixture
def tried(home: Path, own_engine: Engine, capsys: pytest.CaptureFixture[str]) -> Try:
    """Make a backup of the home as the README says, and try it; PostgreSQL's is restored where the settings say."""

    def try_it() -> dict[str, Any]:
        if own_engine.dialect.name == "sqlite":
            with (
                closing(sqlite3.connect(str(own_engine.url.database))) as live,
                closing(sqlite3.connect(home / "grantline.db")) as copy,
            ):
                live.backup(copy)
        before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
        capsys.readouterr()
        code = run(["doctor", "--restore", str(home), "--json"])
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        troubled = [one["what"] for one in found["checks"] if not one["ok"]]
        assert code == (1 if troubled else 0)
        assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before
        return found | {"troubled": troubled, "said": {one["what"]: one["said"] for one in found["checks"]}}

    return try_it


@on_both
def test_backup_that_is_whole_says_what_would_leave_again(tried: Try, own_engine: Engine, home: Path) -> None:
    found = tried()
    waiting = [(one.id, str(one.status)) for one in rows(own_engine, Letter)]
    assert list(found["said"]) == ALL
    assert found["troubled"] == []
    assert waiting
    assert [(one["id"], one["status"]) for one in found["letters"]] == waiting
    assert {one["grant"] for one in found["told"]} == {"REF-1"}
    assert found["said"]["documents"] == "1 files are there as they were kept"
    # Nothing was written, and nothing left.
    assert [(one.id, str(one.status)) for one in rows(own_engine, Letter)] == waiting


@on_both
def test_backup_command_keeps_what_a_restore_needs(tmp_path: Path, own_engine: Engine, home: Path) -> None:
    backup = tmp_path / "backup"
    backup.mkdir(mode=0o755)
    for _ in range(2):  # the second brings the folder up to date
        assert run(["backup", str(backup)]) == 0
    files = {path.relative_to(home) for path in home.rglob("*") if path.is_file() and ".db" not in path.name}
    kept = {path.relative_to(backup) for path in backup.rglob("*") if path.is_file()}
    assert kept == {*files, Path("grantline.db")}
    assert stat.S_IMODE((backup / "grantline.db").stat().st_mode) == 0o600
    assert run(["doctor", "--restore", str(backup)]) == 0


def test_backup_with_a_damaged_journal_is_trouble(tried: Try, own_engine: Engine) -> None:
    forge(own_engine, "UPDATE journal_event SET event = 'another' WHERE id = 3")
    found = tried()
    assert found["troubled"] == ["triggers", "journal"]
    assert found["said"]["journal"] == "1 events do not hold, the first of them event 3"


@on_both
def test_backup_with_a_forged_row_is_trouble(tried: Try, own_engine: Engine) -> None:
    forge(own_engine, "UPDATE instalment SET amount_minor = 9000000 WHERE number = 2")
    found = tried()
    assert found["troubled"] == ["triggers", "rows"]
    assert "REF-1 instalment 2" in found["said"]["rows"]


@on_both
def test_backup_without_its_triggers_is_trouble_until_they_are_put_back(
    tried: Try, own_engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    with transaction(own_engine) as connection:
        drop_guards(connection)
    found = tried()
    assert found["troubled"] == ["triggers"]
    assert (
        "are missing, switched off or not what Grantline makes: answer_no_delete, "
        in found["said"]["triggers"]
    )
    assert run(["journal", "--verify"]) == 1
    assert "TROUBLE  triggers" in capsys.readouterr().out
    assert run(["init"]) == 0
    assert "has them again: answer_no_delete, " in capsys.readouterr().out
    assert tried()["troubled"] == []
    assert run(["journal", "--verify"]) == 0


def test_backup_without_its_keys_is_trouble(tried: Try, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = (home / "secret_keys").read_text()
    (home / "secret_keys").unlink()
    for harm, says in (
        (None, "the backup has no secret_keys"),
        ("short\n", "needs keys of at least 16 characters"),
        (64 * "k", "they did not sign the links of this database"),
    ):
        if harm is not None:
            (home / "secret_keys").write_text(harm)
        found = tried()
        assert found["troubled"] == ["keys"]
        assert says in found["said"]["keys"]
    monkeypatch.setenv("GRANTS_SECRET_KEYS", keys.strip())
    assert tried()["troubled"] == []


def test_backup_with_damaged_pages_is_trouble(
    tried: Try, home: Path, own_engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tried()["troubled"] == []
    file = home / "grantline.db"
    whole = file.read_bytes()
    middle, size = len(whole) // 2 // 4096 * 4096, 3 * 4096
    harmed = bytes(255 - one for one in whole[middle : middle + size])
    file.write_bytes(whole[:middle] + harmed + whole[middle + size :])
    assert run(["doctor", "--restore", str(home)]) == 1
    first, *_ = capsys.readouterr().out.splitlines()
    assert (
        first
        == f"TROUBLE  database     The database is not ready: {file} is damaged; restore the file from a backup"
    )


def test_backup_without_a_documents_file_is_trouble(tried: Try, home: Path) -> None:
    (file,) = (home / "documents").glob("??/*")
    for harm in (lambda: file.write_bytes(b"another"), file.unlink):
        harm()
        found = tried()
        assert found["troubled"] == ["documents"]
        said = "1 of 1 files are gone or not what was kept; the first: rapport.csv"
        assert found["said"]["documents"] == said


def test_backup_that_ends_before_the_kept_head_is_trouble(tried: Try, home: Path) -> None:
    kept = kept_head(home)
    assert kept is not None
    (home / "journal-head").write_text(f"{kept.event_id + 7} {64 * 'a'}\n")
    found = tried()
    assert found["troubled"] == ["head"]
    assert f"does not have {64 * 'a'}" in found["said"]["head"]
    for no_head in (f"{400 * '9'} {64 * 'a'}", "\0\xff garbage", ""):
        (home / "journal-head").write_text(no_head, encoding="latin-1")
        assert (
            tried()["said"]["head"]
            == f"The input cannot be used: {home / 'journal-head'} holds no head of a journal"
        )
    (home / "journal-head").unlink()
    assert tried()["troubled"] == ["head"]


def test_head_that_is_no_number_holds_the_letters_in_one_line(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for no_head in (f"{400 * '9'} {64 * 'a'}", "garbage"):
        (home / "journal-head").write_text(no_head)
        capsys.readouterr()
        assert run(["deliver"]) == 2
        why = f"{home / 'journal-head'} holds no head of a journal"
        assert capsys.readouterr().err == f"grants: The input cannot be used: {why}\n"


def test_backup_that_is_no_database_is_trouble(
    tmp_path: Path, english: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["doctor", "--restore", str(tmp_path)]) == 2
    assert "grantline.db is not there" in capsys.readouterr().err
    (tmp_path / "grantline.db").write_bytes(b"no database at all" * 100)
    assert run(["doctor", "--restore", str(tmp_path)]) == 1
    assert capsys.readouterr().out.startswith("TROUBLE  database")


@on_both
def test_restored_database_holds_its_letters_until_somebody_has_looked(
    home: Path, own_engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = kept_head(home)
    assert kept is not None
    gap = f"{kept.event_id + 7} {64 * 'a'}\n"
    (home / "journal-head").write_text(gap)  # as it is on the machine: the database is a night older
    with transaction(own_engine) as connection:  # and lives on
        write_journal(connection, DAY, at(DAY), [Event(OfficeEvent.PERSON_CHANGED)] * 9)
    waiting = {one.id for one in rows(own_engine, Letter) if one.status == "queued"}
    capsys.readouterr()
    assert run(["deliver"]) == 1
    assert f"event {kept.event_id + 7}" in (said := capsys.readouterr().err)
    assert "'grants confirm-restore --by EMAIL'" in said
    assert {one.status for one in rows(own_engine, Letter)} == {"queued"}

    assert run(["confirm-restore", "--by", "nobody@example.org", "--yes"]) == 2
    assert (home / "journal-head").read_text() == gap
    assert run(["confirm-restore", "--by", OWNER, "--yes"]) == 0
    listed = capsys.readouterr().out
    assert all(f"\n{number} " in listed for number in waiting)
    event = rows(own_engine, JournalEvent)[-1]
    assert (event.event, event.person_id) == ("restore_confirmed", person_id(own_engine, OWNER))
    assert event.detail == {"missing": gap.strip()}

    assert run(["deliver"]) == 0
    assert {one.status for one in rows(own_engine, Letter)} <= {"captured", "cancelled"}
    assert run(["confirm-restore", "--by", OWNER, "--yes"]) == 0
    assert "Nothing is held" in capsys.readouterr().out


def test_database_that_goes_on_from_its_head_holds_nothing(home: Path, own_engine: Engine) -> None:
    with transaction(own_engine) as connection:
        write_journal(connection, DAY, at(DAY), [Event(OfficeEvent.PERSON_CHANGED)])
    assert run(["deliver"]) == 0
    assert "queued" not in {one.status for one in rows(own_engine, Letter)}
