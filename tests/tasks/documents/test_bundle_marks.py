"""The registry's index marks what tells of few people, wherever that stands, and lists what was sent to the funder."""

import csv
import mailbox
from collections.abc import Iterator
from datetime import date, timedelta
from hashlib import sha256
from io import StringIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlalchemy import Engine

from models.commands.steps import StoredFile
from models.rules.answers.small_numbers import SmallNumbers
from models.tables.letter import Letter
from models.tables.step import MadeDocument
from models.vocabulary import AnswerKind
from tasks.commands.files.file_store import FileStore
from tasks.documents.bundle.index import write_bundle
from tasks.documents.papers import Wanted, confirm_all
from tasks.documents.versions import keep_paper
from tasks.documents.word.templates import Kind
from tasks.outbox.deliver import deliver
from tasks.outbox.returned_mail import take_back
from tasks.settings import load_settings
from tasks.words.translator import translator
from tests.builders import a_database
from tests.deployments.portal.test_portal_forms import PDF
from tests.grant_scenes import (
    FIGURES,
    OWNER,
    SECRETARY,
    a_grant_that_was,
    acts_of,
    an_entry,
    answer,
    at,
    claim,
    do_round,
    open_grants,
    rows,
)
from tests.letter_scenes import SETTINGS
from tests.tasks.outbox.test_returned_mail import a_mail

SHOWS, TEXT = "ska prövas: visar små tal om personer", "ska prövas: fritext som kan avslöja få personer"
CAME = "ska prövas: kom med en rapport som har små tal om personer"
FEW_TOLD = "Av dem var tre unga kvinnor."
MANY = {**FIGURES, "persons_under_18": 61, "persons_under_20": 52, "reports_to_social_services": 113}
FEW = {**MANY, "persons_under_20": 3, "reports_to_social_services": 64}
QUARTERS = (date(2010, 4, 27), date(2010, 7, 28), date(2010, 10, 29), date(2011, 1, 10))
DRAFTED, APPROVED, SENT = date(2011, 1, 10), date(2011, 1, 18), date(2011, 1, 19)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A grant with few people in its first quarter alone, whose report is drafted."""
    engine = a_database(tmp_path)
    a_grant_that_was(engine, "first paid")
    for number, on in enumerate(QUARTERS, start=1):
        step = f"follow-up-2010-q{number}" if number < 4 else "draft"
        answer(engine, step, on, data=FEW if number == 1 else MANY)
    yield engine
    engine.dispose()


def keep(
    engine: Engine,
    folder: Path,
    kind: Kind,
    small: SmallNumbers,
    step: str | None = None,
    on: date = DRAFTED,
) -> None:
    wanted = Wanted(kind, step=step, instalment=1 if kind == "claim" else None, small=small)
    wanted = confirm_all(engine, "REF-1", wanted, on, provisional=False)
    file_store = FileStore(folder / "documents")
    keep_paper(engine, file_store, "REF-1", wanted, by_email=OWNER, today=on, now=at(on, 8))


def the_file(folder: Path, content: bytes, name: str) -> StoredFile:
    with FileStore(folder / "documents").receive(name) as receiver:
        receiver.write(content)
        return receiver.finish()


def index(engine: Engine, folder: Path) -> list[dict[str, str]]:
    """Return the lines of the index; the number of those to be tried is told too."""
    bundle = write_bundle(
        engine, FileStore(folder / "documents"), "REF-1", folder / "out.zip", translator("sv")
    )
    with ZipFile(folder / "out.zip") as archive:
        found = [*csv.DictReader(StringIO(archive.read("index.csv").decode("utf-8-sig")), delimiter=";")]
        assert {one["Fil"] for one in found if one["Fil"]} == {*archive.namelist()} - {"index.csv"}
    assert bundle.to_try == len([one for one in found if one["Sekretess"]])
    return found


def marks(lines: list[dict[str, str]], word: str) -> set[str]:
    return {one["Sekretess"] for one in lines if word in one["Fil"] or word in one["Beskrivning"]}


def test_every_document_is_marked_by_what_it_shows_and_by_no_choice(engine: Engine, tmp_path: Path) -> None:
    keep(engine, tmp_path, "final-report", SmallNumbers.FEWER)
    keep(engine, tmp_path, "memo", SmallNumbers.TOTALS)
    keep(engine, tmp_path, "agenda-note", SmallNumbers.SHOW)
    keep(engine, tmp_path, "cover-letter", SmallNumbers.SHOW)
    keep(engine, tmp_path, "claim", SmallNumbers.SHOW)
    found = index(engine, tmp_path)
    assert {one["Sekretess"] for one in found if one["Fil"] != "journal.csv"} == {""}
    keep(engine, tmp_path, "follow-up", SmallNumbers.SHOW, "follow-up-2010-q1")
    keep(engine, tmp_path, "final-report", SmallNumbers.SHOW)
    lines = index(engine, tmp_path)
    assert marks(lines, "Uppföljning, kvartal 1 2010, version 1") == {SHOWS}
    assert marks(lines, "Slutrapporten, version 1") == {""}
    assert marks(lines, "Slutrapporten, version 2") == {SHOWS}


def test_texts_notes_and_own_files_are_marked_for_few_people(engine: Engine, tmp_path: Path) -> None:
    answer(engine, "draft-approval", APPROVED, SECRETARY, AnswerKind.RETURNED, note="Stryk de två flickorna.")
    deliver(engine, SETTINGS, lambda: at(APPROVED, 10))
    own = the_file(tmp_path, PDF, "egen.pdf")
    said = {**MANY, "activities": FEW_TOLD}
    answer(engine, "draft", APPROVED, data=said, files=(own,))
    keep(engine, tmp_path, "final-report", SmallNumbers.FEWER, on=APPROVED)
    lines = index(engine, tmp_path)
    assert marks(lines, "Slutrapporten, version 1") == {""}  # its texts were read before it was made
    assert marks(lines, "journal.csv") == {TEXT}
    assert marks(lines, "egen.pdf") == {CAME}
    # A log of letters says which letter left, not what somebody wrote in it.
    assert marks(lines, "letters.csv") == {""}


def sent(lines: list[dict[str, str]]) -> list[tuple[str, ...]]:
    """Return what the index says was sent to the funder."""
    names = ("Datum", "Från", "Till", "Beskrivning", "Sekretess", "Fil")
    return [tuple(one[name] for name in names) for one in lines if "bidragsgivaren" in one["Beskrivning"]]


def test_sent_report_is_outgoing_with_its_file_and_mark(engine: Engine, tmp_path: Path) -> None:
    keep(engine, tmp_path, "final-report", SmallNumbers.SHOW)
    acts_of(engine)["committee approved"]()
    pdf = rows(engine, MadeDocument)[1]
    content = FileStore(tmp_path / "documents").path(pdf.stored_as).read_bytes()
    files = (the_file(tmp_path, content, "slutrapport.pdf"), the_file(tmp_path, PDF, "undertecknad.pdf"))
    answer(engine, "final-report", SENT, files=files, note="Det undertecknade exemplaret.")
    lines = index(engine, tmp_path)
    us = ("Socialnämnden", "Länsstyrelsen")
    signed = next(one["Fil"] for one in lines if one["Fil"].endswith("undertecknad.pdf"))
    as_kept = next(one["Fil"] for one in lines if one["Fil"].endswith("slutrapport.pdf"))
    what = "undertecknad.pdf (Det undertecknade exemplaret.)"
    assert sorted(sent(lines), key=lambda line: (line[0], line[3])) == [
        ("2009-09-15", *us, "Ansökan, skickad till bidragsgivaren", "", ""),
        ("2009-11-18", *us, "Rekvisition av första delen, skickad till bidragsgivaren", "", ""),
        ("2011-01-19", *us, "Slutrapporten, version 1, skickad till bidragsgivaren", SHOWS, as_kept),
        ("2011-01-19", *us, f"{what}, skickad till bidragsgivaren", CAME, signed),
    ]
    assert {one["Riktning"] for one in lines if "bidragsgivaren" in one["Beskrivning"]} == {"utgående"}


def test_claim_names_the_version_that_was_made_before_and_quarters_stay_in_the_house(tmp_path: Path) -> None:
    engine, file_store = a_database(tmp_path), FileStore(tmp_path / "documents")
    a_grant_that_was(engine, "decided")
    claimed, handed_in = date(2009, 11, 18), date(2010, 4, 27)
    first, other = Wanted("claim", "en", instalment=1), Wanted("claim", instalment=1)
    later = claimed + timedelta(days=1)
    for wanted, on in ((first, claimed), (other, later)):  # the second is made after the claim has left
        keep_paper(engine, file_store, "REF-1", wanted, by_email=OWNER, today=on, now=at(on, 8))
        if wanted is first:
            claim_file = f"documents/made-{len(rows(engine, MadeDocument)) - 1:04}-"
            claim(engine, claimed, 1)
    answer(engine, "follow-up-2010-q1", handed_in, data=FEW)
    lines = {one[3]: one[4:] for one in sent(index(engine, tmp_path))}
    mark, file = lines["Rekvisition av första delen, version 1, skickad till bidragsgivaren"]
    assert (mark, file.startswith(claim_file)) == ("", True)
    # The final report is made of the quarters, which the funder does not get.
    assert not [what for what in lines if what.startswith("Uppföljning")]
    engine.dispose()


def test_answers_by_mail_are_in_the_bundle_without_what_they_say_of_other_grants(tmp_path: Path) -> None:
    engine = a_database(tmp_path)
    open_grants(engine, an_entry("REF-1"), an_entry("REF-2", title="Hemligt stöd"))
    do_round(engine, date(2009, 9, 14))
    deliver(engine, SETTINGS, lambda: at(date(2009, 9, 14)))
    said = "Av dem var tre unga kvinnor.\nHemligt stöd väntar.\n\n> Regional samordning (REF-1)\n> se REF-2"
    box = mailbox.Maildir(tmp_path / "returned", create=True)
    for letter in rows(engine, Letter):
        box.add(a_mail(said, token=letter.message_id.lstrip("<")[:32]))
    settings = load_settings(home=tmp_path, bounces_maildir=str(tmp_path / "returned"))
    assert take_back(engine, settings, at(date(2009, 9, 15))).replies == 1
    (line,) = [one for one in index(engine, tmp_path) if one["Fil"] == "letters.csv"]
    assert (line["Datum"], line["Sekretess"]) == ("2009-09-15", TEXT)
    with ZipFile(tmp_path / "out.zip") as archive:
        content = archive.read("letters.csv")
        log = list(csv.DictReader(StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert line["SHA-256"] == sha256(content).hexdigest()
    assert [*log[-1].values()] == [
        "2009-09-15",
        "inkommen",
        "Coordinator",
        "Svar på mejlet den 2009-09-14",
        "Av dem var tre unga kvinnor.",
    ]
    engine.dispose()
