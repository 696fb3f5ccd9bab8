"""What is sent to the funder is what was approved: no other version of it."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from shutil import copytree

import pytest
from sqlalchemy import Engine

from models.commands.steps import StoredFile
from models.errors import AnswerRefused, FileNotApproved
from models.rules.answers.small_numbers import SmallNumbers
from models.tables.journal import JournalEvent
from models.tables.step import MadeDocument
from models.vocabulary import AnswerKind, StepStatus
from tasks.commands.files.drafts import file_store_of
from tasks.commands.files.file_store import FileStore
from tasks.documents.papers import Wanted, confirm_all
from tasks.documents.versions import keep_paper
from tasks.settings import load_settings
from tests.builders import a_database, an_engine
from tests.deployments.portal.test_portal_forms import PDF
from tests.grant_scenes import OWNER, SECRETARY, a_grant_that_was, acts_of, answer, at, events, rows
from tests.portal_scenes import Site, act_on, forms_at, forms_of, parse, problems, settings_for, text_of

APPROVED, SENT = date(2011, 1, 18), date(2011, 1, 19)
DATED = {"paper_on": APPROVED.isoformat()}
LEFT = {"paper_on": SENT.isoformat()}


@pytest.fixture(scope="module")
def two_versions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a database and its documents: two versions of the report, the second approved and to be sent."""
    folder = tmp_path_factory.mktemp("versions")
    engine = a_database(folder)
    a_grant_that_was(engine, "followed up")
    keep(engine, folder, "sv")
    acts_of(engine)["drafted"]()
    keep(engine, folder, "en")
    acts_of(engine)["committee approved"]()
    engine.dispose()
    return folder


@pytest.fixture
def engine(two_versions: Path, tmp_path: Path) -> Iterator[Engine]:
    """Two versions of the report, of which the committee approved the second; it is to be sent."""
    copytree(two_versions, tmp_path, dirs_exist_ok=True)
    (file,) = tmp_path.glob("*.db")
    engine = an_engine(f"sqlite:///{file}")
    yield engine
    engine.dispose()


def keep(
    engine: Engine,
    folder: Path,
    language: str,
    small: SmallNumbers = SmallNumbers.SHOW,
) -> None:
    """Make a version of the report; the languages make the versions differ."""
    wanted = confirm_all(engine, "REF-1", Wanted("final-report", language, small=small), APPROVED)
    file_store = FileStore(folder / "documents")
    keep_paper(engine, file_store, "REF-1", wanted, by_email=OWNER, today=APPROVED, now=at(APPROVED))


def the_file(folder: Path, content: bytes, name: str = "slutrapport.pdf") -> StoredFile:
    """Keep a file as an upload is kept."""
    with FileStore(folder / "documents").receive(name) as receiver:
        receiver.write(content)
        return receiver.finish()


def made(engine: Engine, folder: Path, version: int) -> bytes:
    """Return a version's PDF."""
    row = next(row for row in rows(engine, MadeDocument) if (row.version, row.name[-3:]) == (version, "pdf"))
    return FileStore(folder / "documents").path(row.stored_as).read_bytes()


def send(engine: Engine, file: StoredFile | None, note: str = "") -> StepStatus:
    files = (file,) if file else ()
    return answer(engine, "final-report", SENT, files=files, note=note)


def sent(engine: Engine) -> list[dict[str, object]]:
    return [row.detail for row in rows(engine, JournalEvent) if row.event == "document_sent"]


def test_approved_file_is_sent_and_journaled(engine: Engine, tmp_path: Path) -> None:
    assert send(engine, the_file(tmp_path, made(engine, tmp_path, 2), "Slutrapport (3).pdf")) == "done"
    word = next(row for row in rows(engine, MadeDocument) if row.version == 2)
    assert sent(engine) == [{"version": 2, "sha256": word.sha256}]
    assert events(engine, "document_sent", "step_done")[-2:] == ["step_done", "document_sent"]


def test_other_version_is_refused_whatever_is_said_of_it(engine: Engine, tmp_path: Path) -> None:
    file = the_file(tmp_path, made(engine, tmp_path, 1))
    says = "version 2 of the final report was approved on 2011-01-18, and version 1 is another: send what was approved"
    with pytest.raises(FileNotApproved, match=says):
        send(engine, file, "Den är bättre.")
    assert sent(engine) == []


def test_report_made_otherwise_since_is_not_sent_but_the_approved_file_is(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    a_grant_that_was(engine, "drafted")
    keep(engine, tmp_path, "en", small=SmallNumbers.FEWER)
    acts_of(engine)["committee approved"]()
    keep(engine, tmp_path, "en")
    says = r"version 1 of the final report was approved on 2011-01-18, and version 2 is another: send what was approved"
    with pytest.raises(FileNotApproved, match=says):
        send(engine, None)
    with pytest.raises(FileNotApproved, match=says):
        send(engine, the_file(tmp_path, PDF), "Det undertecknade exemplaret.")
    assert send(engine, the_file(tmp_path, made(engine, tmp_path, 1))) == "done"
    assert [one["version"] for one in sent(engine)] == [1]
    engine.dispose()


def test_report_made_again_as_it_was_approved_is_sent(engine: Engine, tmp_path: Path) -> None:
    keep(engine, tmp_path, "sv")
    keep(engine, tmp_path, "en")
    assert [row.version for row in rows(engine, MadeDocument) if row.name.endswith("docx")] == [1, 2, 3, 4]
    assert send(engine, None) == "done"


@pytest.mark.parametrize("by", [AnswerKind.WITHDRAWN, AnswerKind.RETURNED])
def test_report_that_is_approved_no_more_is_not_sent(engine: Engine, tmp_path: Path, by: AnswerKind) -> None:
    answer(engine, "draft-approval", SENT, SECRETARY, AnswerKind.WITHDRAWN, note="Fel version.")
    if by is AnswerKind.RETURNED:
        answer(engine, "draft-approval", SENT, SECRETARY, by, note="Rätta.")
    assert {row.approved_on for row in rows(engine, MadeDocument)} == {None}
    with pytest.raises(AnswerRefused, match="final-report: it waits for: draft-approval"):
        send(engine, the_file(tmp_path, made(engine, tmp_path, 2)))


def test_version_made_while_the_page_was_open_is_not_approved_by_it(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    a_grant_that_was(engine, "drafted")
    keep(engine, tmp_path, "sv")
    site = Site(engine, settings_for(tmp_path), at(APPROVED, 10))
    client, address = site.desk(SECRETARY)
    (form,) = forms_at(client, address, "approve")
    keep(engine, tmp_path, "en")
    stale = client.post(address, data=form | DATED)
    assert stale.status_code == 409
    assert "har ändrats sedan du öppnade sidan. Ditt svar är inte registrerat" in text_of(parse(stale))
    with pytest.raises(
        AnswerRefused, match="version 2 of the final report was made since the page was opened"
    ):
        answer(engine, "draft-approval", APPROVED, SECRETARY, AnswerKind.APPROVED, report_version=1)
    (form,) = forms_of(stale, "approve")
    assert act_on(client, address, client.post(address, data=form | DATED)).status_code == 303
    approved = {row.version for row in rows(engine, MadeDocument) if row.approved_on is not None}
    assert approved == {2}
    engine.dispose()


def test_nothing_is_asked_where_nothing_was_approved_here(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    a_grant_that_was(engine, "committee approved")
    assert send(engine, the_file(tmp_path, PDF)) == "done"
    assert sent(engine) == []
    engine.dispose()


def test_page_takes_the_signed_copy_and_no_other_version(engine: Engine, tmp_path: Path) -> None:
    site = Site(engine, settings_for(tmp_path), at(SENT, 10))
    assert file_store_of(load_settings(home=tmp_path)).folder == tmp_path / "documents"
    client, address = site.client(), site.address(OWNER)
    (form,) = forms_at(client, address, "done")
    first = [("files", ("gammal.pdf", made(engine, tmp_path, 1)))]
    refused = client.post(address, data=form | LEFT, files=first)
    assert refused.status_code == 422
    told = "gammal.pdf: Version 1 av slutrapporten är inte det som godkändes. Skicka det som är godkänt"
    assert told in " ".join(problems(refused))
    (form,) = forms_of(refused, "done")
    dropped = client.post(address, data=form | {"drop": drop_of(refused)})
    (form,) = forms_at(client, dropped.headers["location"], "done")
    signed = [("files", ("signerad.pdf", PDF))]
    assert act_on(client, address, client.post(address, data=form | LEFT, files=signed)).status_code == 303
    assert [one["version"] for one in sent(engine)] == [2]


def drop_of(page: object) -> str:
    """Return the number by which the page takes its first file away."""
    buttons = (one for one in parse(page).iter("button") if one.get("name") == "drop")  # type: ignore[arg-type]
    return str(next(buttons).get("value"))
