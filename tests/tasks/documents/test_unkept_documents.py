"""What was sent or approved without a document that is kept is told, with the command that makes one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from models.commands.clock import Clock
from models.commands.money import Claim
from models.commands.steps import Answer
from models.tables.step import MadeDocument
from tasks.commands.files.file_store import Vault
from tasks.documents.bundle.unkept import unkept_documents
from tasks.documents.make import Wanted
from tasks.documents.versions import keep_paper
from tasks.perform import perform
from tasks.settings import load_settings
from tasks.store.database import reading
from tests.grant_scenes import OWNER, SECRETARY, ZONE, a_grant_that_was, acts_of, answer, at, rows
from tests.import_desk import Desk

FIRST_CLAIM = (
    "note: no document of claim-advance was kept: grants memo REF-1 --kind claim --instalment 1 --keep --by EMAIL"
    " makes one"
)
REPORT = "note: no document of final-report was kept: grants memo REF-1 --kind final-report --keep --by EMAIL makes one"
MEMO = (
    "note: no document of draft-approval was kept: grants memo REF-1 --kind memo --keep --by EMAIL makes one"
)


@pytest.fixture
def desk(
    sqlite: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Desk:
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path / "home"))
    return Desk(sqlite, tmp_path, monkeypatch, capsys)


def notes(desk: Desk) -> list[str]:
    """Return what the bundle says is not kept."""
    code, _, err = desk.grants("export", "bundle", "REF-1")
    assert code == 0, err
    return [line for line in err.splitlines() if "was kept" in line]


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        pytest.param("decided", [], id="nothing was sent yet"),
        pytest.param("first claimed", [FIRST_CLAIM], id="a claim"),
        pytest.param("drafted", [FIRST_CLAIM], id="a draft is neither sent nor approved"),
        pytest.param("committee approved", [REPORT, MEMO, FIRST_CLAIM], id="approved"),
        pytest.param("sent", [REPORT, MEMO, FIRST_CLAIM], id="sent"),
    ],
)
def test_bundle_tells_each_step_of_which_no_document_was_kept(
    desk: Desk, stage: str, said: list[str]
) -> None:
    a_grant_that_was(desk.engine, stage)
    assert notes(desk) == said


def test_kept_document_is_not_missed(desk: Desk) -> None:
    a_grant_that_was(desk.engine, "sent")
    keep = ("--small", "show", "--keep", "--by", OWNER, "--on", "2011-01-19")
    for kind, rest in (("claim", [REPORT, MEMO]), ("final-report", [MEMO]), ("memo", [])):
        more = ("--instalment", "1") if kind == "claim" else ()
        code, _, err = desk.grants("memo", "REF-1", "--kind", kind, *more, *(keep if not more else keep[2:]))
        assert code == 0, err
        assert notes(desk) == rest


def test_file_that_was_handed_in_is_a_kept_document(desk: Desk) -> None:
    a_grant_that_was(desk.engine, "committee approved")
    with Vault(desk.folder / "home" / "documents").receive("slutrapport.pdf") as receiver:
        receiver.write(b"%PDF-1.7\nas it was signed\n%%EOF\n")
        file = receiver.finish()
    answer(desk.engine, "final-report", date(2011, 1, 19), files=(file,))
    assert notes(desk) == [MEMO, FIRST_CLAIM]


@pytest.mark.parametrize("kept", [False, True])
def test_approval_of_a_report_without_a_kept_version_says_so(desk: Desk, kept: bool) -> None:
    a_grant_that_was(desk.engine, "drafted")
    if kept:
        keep = ("--small", "show", "--keep", "--by", OWNER, "--on", "2011-01-10")
        assert desk.grants("memo", "REF-1", "--kind", "final-report", *keep)[0] == 0
    said = desk.grants("approve", "REF-1", "draft-approval", "--by", SECRETARY, "--on", "2011-01-18")
    assert (said[0], said[2]) == (0, "" if kept else REPORT)


def test_papers_of_a_step_are_kept_without_a_press_of_a_button(sqlite: Engine, tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path, secret_keys="a key of the tests", timezone=str(ZONE))
    a_grant_that_was(sqlite, "decided")
    on = date(2009, 11, 18)
    perform(sqlite, Claim("REF-1", 1), OWNER, Clock(on, at(on)), settings=settings)
    kept = rows(sqlite, MadeDocument)
    assert [row.name for row in kept] == ["REF-1-claim-1.sv-v1.docx", "REF-1-claim-1.sv-v1.pdf"]
    with reading(sqlite) as connection:
        assert unkept_documents(connection, "REF-1") == []
    # What somebody made before is not made again.
    acts = acts_of(sqlite)
    for stage in ("first paid", "followed up", "drafted", "committee approved"):
        acts[stage]()
    on = date(2011, 1, 19)
    vault = Vault(tmp_path / "documents")
    keep_paper(sqlite, vault, "REF-1", Wanted("cover-letter"), by_email=OWNER, today=on, now=at(on))
    perform(sqlite, Answer("REF-1", "final-report"), OWNER, Clock(on, at(on)), settings=settings)
    assert [row.kind for row in rows(sqlite, MadeDocument)] == ["claim"] * 2 + ["cover-letter"] * 2
