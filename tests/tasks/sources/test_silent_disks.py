"""A disk that does not answer keeps no round waiting: its source is told of, and everything else goes on."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic

import pytest

from models.errors import Worded
from models.programme.source import GatherRule, SourceRule
from tasks.files import silent_disks
from tasks.files.silent_disks import read_in_time
from tasks.sources.outside import SourceFailed
from tasks.sources.reading import SourceReader, Taken
from tests.builders import a_database
from tests.grant_scenes import an_entry, do_round, open_grants, play
from tests.tasks.sources.test_gathering import MORNING, Q1, SOURCED, a_sourced_grant, an_office_ledger
from tests.tasks.sources.test_source_alarms import lines_told

# Another process that holds a file's lease: whoever opens the file waits in the system until it lets go.
HOLDER = """
import fcntl, os, signal, sys, time
signal.signal(signal.SIGIO, signal.SIG_IGN)
file = os.open(sys.argv[1], os.O_RDWR)
fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
print("held", flush=True)
time.sleep(600)
"""
needs_leases = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a file's opening wait")


@contextmanager
def nobody_opens(path: Path) -> Iterator[None]:
    """Let every opening of the file wait in the system, as a network disk's does that is gone."""
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        try:
            yield
        finally:
            holder.kill()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silent_disks, "ANSWERS_WITHIN_SECONDS", 1.0)


def take(folder: Path, files: str) -> Taken | None:
    source = SourceRule.model_validate({"kind": "csv", "files": files})
    gather = GatherRule.model_validate({"source": "ledger", "column": "Antal"})
    with closing(SourceReader(folder)) as reader:
        return reader.take("ledger", source, gather, Q1)


@needs_leases
@pytest.mark.usefixtures("impatient")
def test_disk_that_does_not_answer_is_waited_for_once_a_source(tmp_path: Path) -> None:
    for name in ("gone.csv", "here.csv"):
        (tmp_path / name).write_text("Antal\n7\n", encoding="utf-8")
    began = monotonic()
    with nobody_opens(tmp_path / "gone.csv"):
        for _ in range(20):
            with pytest.raises(SourceFailed, match=r"^The .*: gone.csv: the disk it lies on does not answer"):
                take(tmp_path, "gone.csv")
        taken = take(tmp_path, "here.csv")
        assert taken is not None
        assert taken.value == "7"
        assert monotonic() - began < 15
    while True:  # the one that was left behind comes to its end
        try:
            taken = take(tmp_path, "gone.csv")
            break
        except SourceFailed:
            assert monotonic() - began < 90
    assert taken is not None
    assert taken.value == "7"


@needs_leases
@pytest.mark.usefixtures("impatient")
def test_round_goes_on_without_a_ledger_whose_disk_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = a_sourced_grant(tmp_path, monkeypatch, SOURCED)
    ledger = tmp_path / "home" / "figures" / "ledger-1.xlsx"
    an_office_ledger(ledger)
    with nobody_opens(ledger):
        counts = do_round(engine, MORNING)
    assert (counts.gathered, counts.failed, counts.reminded) == (0, 1, 1)
    said = "- ledger-1.xlsx: disken som den ligger på svarar inte; saknas för REF-1 follow-up-2010-q1"
    assert lines_told(tmp_path / "home") == [said]
    engine.dispose()


@needs_leases
@pytest.mark.usefixtures("impatient")
def test_round_goes_on_without_a_grant_s_file_whose_disk_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path / "home"))
    engine = a_database(tmp_path)
    (tmp_path / "own.csv").write_text("period;x\n", encoding="utf-8")
    open_grants(engine, an_entry(figures_file=str(tmp_path / "own.csv")))
    play(engine, "first paid")
    with nobody_opens(tmp_path / "own.csv"):
        assert do_round(engine, MORNING).failed == 1
    (line,) = lines_told(tmp_path / "home")
    assert line.startswith("- own.csv: disken som den ligger på svarar inte; saknas för REF-1 ")
    engine.dispose()


@needs_leases
@pytest.mark.usefixtures("impatient")
def test_database_file_whose_disk_does_not_answer_is_waited_for_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as made:
        made.execute("CREATE TABLE entry (amount INTEGER)")
        made.execute("INSERT INTO entry VALUES (7)")
        made.commit()
    monkeypatch.setenv("GRANTS_SECRET_OTHER", f"sqlite:///{path}")
    source = SourceRule.model_validate(
        {"kind": "sql", "secret": "other", "query": "select amount from entry"}
    )
    gather = GatherRule.model_validate({"source": "other", "column": "amount"})

    def ask() -> Taken | None:
        with closing(SourceReader(tmp_path)) as reader:
            return reader.take("other", source, gather, Q1)

    began = monotonic()
    with nobody_opens(path):
        for _ in range(20):
            with pytest.raises(SourceFailed, match=r": other: the disk it lies on does not answer"):
                ask()
        assert monotonic() - began < 15
    while True:  # the one that was left behind comes to its end
        try:
            taken = ask()
            break
        except SourceFailed:
            assert monotonic() - began < 90
    assert taken is not None
    assert taken.value == 7


def test_process_ends_though_a_disk_still_keeps_a_thread_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "never")
    script = f"""
from tasks.files import silent_disks
silent_disks.ANSWERS_WITHIN_SECONDS = 0.1
try:
    silent_disks.read_in_time("it", lambda: open({str(tmp_path / "never")!r}))
except TimeoutError:
    print("left behind")
"""
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert ended.stdout == "left behind\n"


@pytest.mark.parametrize("error", [Worded("%(name)s is gone", name="a"), PermissionError(), TimeoutError()])
def test_what_a_disk_answers_is_passed_on(error: Exception) -> None:
    def fail() -> None:
        raise error

    for _ in range(2):
        with pytest.raises(type(error)) as told:
            read_in_time("a disk", fail)
        assert told.value is error
    assert read_in_time("a disk", lambda: 7) == 7
