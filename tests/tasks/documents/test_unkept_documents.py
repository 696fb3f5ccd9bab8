"""What was sent or approved without a document that is kept is told, with the command that makes one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tasks.commands.files.file_store import Vault
from tests.grant_scenes import OWNER, SECRETARY, a_grant_that_was, answer
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
