"""A disk that is full is named as that by a command, a page and a flow, and nothing is half done."""

import errno
import os
from datetime import date
from pathlib import Path

import pytest

from deployments.cli.main import run
from flows.runs import in_one_line
from models.errors import DiskFull
from models.tables.step import Document
from tasks.settings import load_settings
from tasks.store.secrets import load_or_make
from tests.builders import a_database
from tests.deployments.portal.test_portal_forms import PDF
from tests.full_disk import no_room
from tests.grant_scenes import OWNER, rows, steps
from tests.portal_scenes import forms_at, on_the_day, parse, text_of
from tests.tasks.commands.test_terms import open_terms


def test_full_disk_is_named_by_the_page_and_keeps_nothing_of_what_was_sent(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    open_terms(engine, instalments={1: 40_000_000})
    site = on_the_day(engine, tmp_path, date(2026, 3, 2))
    client, address = site.client("sv"), site.address(OWNER)
    forms = forms_at(client, f"{address}?page=2", "done")
    nonce = next(form["nonce"] for form in forms if "file-certificate" in form)
    sent = {"act": "done", "nonce": nonce, "paper_on": "2026-03-02"}
    before = sorted(tmp_path.rglob("*"))
    with no_room():
        page = client.post(address, data=sent, files=[("file-certificate", ("intyg.pdf", PDF))])
    assert page.status_code == 507
    assert "Inget kan sparas förrän det finns plats igen." in text_of(parse(page))
    assert [path for path in sorted(tmp_path.rglob("*")) if path.is_file() and path not in before] == []
    assert rows(engine, Document) == []
    assert steps(engine)["audit"].status == "open"


@pytest.mark.usefixtures("english")
def test_full_disk_is_named_by_the_command_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = a_database(tmp_path)
    open_terms(engine, instalments={1: 40_000_000})
    monkeypatch.setenv("GRANTS_HOME", str(tmp_path))
    monkeypatch.setenv("GRANTS_DATABASE_URL", engine.url.render_as_string(hide_password=False))
    paper = tmp_path / "intyg.pdf"
    paper.write_bytes(PDF)
    with no_room():
        code = run(["answer", "REF-1", "audit", "--by", OWNER, "--document", f"certificate={paper}"])
    said = capsys.readouterr()
    assert (code, said.out, said.err) == (
        2,
        "",
        "grants: The disk is full; free some space and do it again.\n",
    )
    assert [path for path in (tmp_path / "documents").rglob("*") if path.is_file()] == []


def test_key_that_the_disk_does_not_take_is_made_when_there_is_room_again(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path)
    with no_room(), pytest.raises(DiskFull):
        load_or_make(settings)
    assert list(tmp_path.iterdir()) == []
    assert load_or_make(settings) == load_or_make(settings)


def test_full_disk_is_named_by_the_run_in_prefect() -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/var/lib/grantline/documents/person@example.org")
    assert in_one_line(full) == "The disk is full; free some space and do it again."
    assert in_one_line(OSError(errno.EIO, "x")) == "OSError; the log has the place"
