"""Small numbers over the versions of a grant's documents: what left before is held against what is made now."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from deployments.shipped_files import PROGRAMMES
from models.intake.file import ImportFile
from models.tables.journal import JournalEvent
from models.tables.step import MadeDocument
from models.vocabulary import AnswerKind
from tasks.commands.files.file_store import StoredFile, Vault
from tasks.documents.facts.treated_people import Choice
from tasks.documents.make import ALL, Wanted, look_at_paper, make_paper
from tasks.documents.versions import SmallUnchosen, keep_paper, renew_report
from tasks.documents.word.templates import Kind
from tasks.intake.imports import import_file
from tasks.programmes.registry import ProgrammeShelf
from tests.builders import a_database
from tests.grant_scenes import (
    FIGURES,
    OPENED_ON,
    ORGANISATIONS,
    OWNER,
    SECRETARY,
    a_grant_that_was,
    a_staff,
    an_entry,
    answer,
    at,
    play,
    rows,
)
from tests.tasks.documents.test_paperwork import own_template, words_of

DRAFT, DAY, LATER = "final-report-draft", date(2011, 1, 10), date(2011, 1, 18)
REPORT = Wanted("final-report", "en")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A grant of which three quarters are followed up."""
    engine = a_database(tmp_path)
    a_grant_that_was(engine, "followed up")
    yield engine
    engine.dispose()


def counts(under_18: int, under_20: int) -> dict[str, object]:
    """Return the last quarter's answers."""
    persons = {"persons_under_18": under_18, "persons_under_20": under_20}
    return FIGURES | persons | {"reports_to_social_services": under_18 + under_20}


COUNTED = ("reports_to_social_services", "persons_under_18", "persons_under_20")


def keep(engine: Engine, folder: Path, wanted: Wanted) -> Any:
    """Keep a version with its numbers as they are; return its Word document's row."""
    vault, wanted = Vault(folder / "documents"), replace(wanted, small={ALL: "send"})
    kept = keep_paper(engine, vault, "REF-1", wanted, by_email=OWNER, today=DAY, now=at(DAY))
    return next(row for row in rows(engine, MadeDocument) if row.sha256 == kept.sha256)


def as_file(folder: Path, made: Any) -> StoredFile:
    """Return the version's bytes as a person hands them in."""
    vault = Vault(folder / "documents")
    with vault.receive("slutrapport.docx") as receiver:
        receiver.write(vault.path(made.stored_as).read_bytes())
        return receiver.finish()


def correct(engine: Engine, given: dict[str, object]) -> None:
    """Let the committee send the report back, and hand it in with other numbers."""
    answer(engine, "committee-approval", LATER, SECRETARY, AnswerKind.RETURNED, note="Fel tal.")
    answer(engine, DRAFT, LATER, data=given)


def test_number_that_was_corrected_is_asked_about_though_another_document_showed_the_earlier_one(
    engine: Engine, tmp_path: Path
) -> None:
    answer(engine, DRAFT, DAY, data=counts(12, 0))
    keep(engine, tmp_path, Wanted("memo", "en"))
    assert look_at_paper(engine, "REF-1", REPORT, LATER).small == ()
    correct(engine, counts(12, 3))
    (table,) = look_at_paper(engine, "REF-1", REPORT, LATER).small
    assert "Persons aged 18 or 19, quarter 4 2010: 3" in table.small
    # The other quarters are as they were told.
    assert "Persons aged 18 or 19, quarter 3 2010: 1" in table.told
    hidden = look_at_paper(engine, "REF-1", replace(REPORT, small={ALL: "hide"}), LATER)
    assert ("persons_under_20", (f"{DRAFT}",)) not in hidden.told.shown


@pytest.mark.parametrize(
    ("choice", "corrected", "made_anew"),
    [
        pytest.param("send", counts(14, 3), True, id="what was corrected is not small"),
        pytest.param("send", counts(12, 2), False, id="another small number"),
        pytest.param("hide", counts(12, 2), True, id="hidden is hidden whatever it is"),
    ],
)
def test_choice_to_send_is_carried_over_to_the_numbers_that_were_sent_alone(
    engine: Engine, tmp_path: Path, choice: Choice, corrected: dict[str, object], made_anew: bool
) -> None:
    answer(engine, DRAFT, DAY, data=counts(12, 3))
    vault, wanted = Vault(tmp_path / "documents"), replace(REPORT, small={ALL: choice})
    keep_paper(engine, vault, "REF-1", wanted, by_email=OWNER, today=DAY, now=at(DAY))
    correct(engine, corrected | {"activities": "Ett annat slut."})
    step: dict[str, Any] = {"by_email": OWNER, "templates": tmp_path, "today": LATER, "now": at(LATER)}
    kept = renew_report(engine, vault, "REF-1", DRAFT, **step)
    assert (kept is not None) == made_anew
    assert {row.version for row in rows(engine, MadeDocument)} == ({1, 2} if made_anew else {1})


@pytest.mark.parametrize("handed_in", [True, False])
def test_version_that_was_handed_in_is_held_against_the_next_one(
    engine: Engine, tmp_path: Path, handed_in: bool
) -> None:
    made = keep(engine, tmp_path, REPORT)
    answer(engine, DRAFT, DAY, data=counts(12, 3), files=(as_file(tmp_path, made),) if handed_in else ())
    (table,) = look_at_paper(engine, "REF-1", REPORT, LATER).flagged
    assert ("Persons under 18, quarter 1 2010: 2" in table.told) == handed_in
    assert ("Persons under 18, quarter 1 2010: 2" in table.small) != handed_in
    # It was made before the last quarter's figures came.
    assert "Persons aged 18 or 19, quarter 4 2010: 3" in table.small


def test_version_keeps_the_numbers_that_it_was_made_from(engine: Engine, tmp_path: Path) -> None:
    answer(engine, DRAFT, DAY, data=counts(12, 0))
    made = keep(engine, tmp_path, REPORT)
    assert list(made.numbers["persons_under_18"].values()) == [2, 2, 2, 12]


@pytest.mark.parametrize(
    "question",
    [
        "checks: [{key: all, equals: [follow-up.persons_under_20, persons_under_20], says: {sv: Fel, en: Wrong}}]",
        "gather: {answer: follow-up.persons_under_20, rows: sum}",
    ],
)
def test_total_that_a_report_of_its_own_asks_for_again_is_hidden_with_the_total(
    tmp_path: Path, question: str
) -> None:
    engine = a_database(tmp_path)
    heir = "programme: again\nextends: development-funds-2009\nsteps:\n  - key: final-report-draft\n    questions:\n"
    asked = f"{{key: in_all, title: {{sv: Alla, en: All aged 18 or 19}}, {question}}}"
    shutil.copytree(PROGRAMMES, tmp_path / "programmes", ignore=shutil.ignore_patterns("*.md"))
    (tmp_path / "programmes" / "again.yaml").write_text(f"{heir}      - {asked}\n", encoding="utf-8")
    content = {
        "organisations": ORGANISATIONS,
        "people": a_staff(),
        "grants": [an_entry(programme="again")],
    }
    import_file(
        engine,
        ImportFile.model_validate(content),
        ProgrammeShelf(tmp_path / "programmes"),
        today=OPENED_ON,
        now=at(OPENED_ON),
    )
    play(engine, "followed up")
    answer(engine, DRAFT, DAY, data=counts(12, 3) | {"in_all": 6})
    wanted = replace(REPORT, small={ALL: "hide"})
    # Nothing has left: the total is shown, and what says it again is as well.
    assert (DRAFT,) in shown_of(engine, wanted, "in_all")
    for quarter in (1, 2, 3):
        keep(engine, tmp_path, Wanted("follow-up", "en", step=f"follow-up-2010-q{quarter}"))
    # The quarters were told: the total would leave the last one.
    assert (DRAFT,) not in shown_of(engine, wanted, "persons_under_20")
    assert (DRAFT,) not in shown_of(engine, wanted, "in_all")
    assert "All aged 18 or 19 – – – * *" in words_of(make_paper(engine, "REF-1", wanted, DAY))
    (table,) = look_at_paper(engine, "REF-1", REPORT, DAY).small
    assert "All aged 18 or 19, quarter 4 2010: 6" in table.partners
    engine.dispose()


def shown_of(engine: Engine, wanted: Wanted, key: str) -> set[tuple[str, ...]]:
    """Return which periods of a row the document shows."""
    told = look_at_paper(engine, "REF-1", wanted, DAY).told
    return {periods for one, periods in told.shown if one == key and len(periods) == 1}


EVERY_NUMBER = (
    "{% for t in f.tables %}{% for r in t.rows %}{{ r.title }}: {{ r.cells|join(' ') }} {{ r.total }};"
    " {% endfor %}{% endfor %}"
)


@pytest.mark.parametrize("kind", ["claim", "cover-letter", "agenda-note", "repayment"])
def test_template_of_our_own_prints_no_small_number_that_nobody_chose_about(
    engine: Engine, tmp_path: Path, kind: Kind
) -> None:
    wanted = Wanted(kind, "en", instalment=2 if kind == "claim" else None)
    assert look_at_paper(engine, "REF-1", wanted, DAY).flagged == ()
    own = tmp_path / "own"
    own_template(own, f"{kind}.en.docx", EVERY_NUMBER)
    wanted = replace(wanted, templates=own)
    vault = Vault(tmp_path / "documents")
    with pytest.raises(SmallUnchosen):
        keep_paper(engine, vault, "REF-1", wanted, by_email=OWNER, today=DAY, now=at(DAY))
    assert "Persons under 18: 2 2 2" in words_of(make_paper(engine, "REF-1", wanted, DAY))
    hidden = make_paper(engine, "REF-1", replace(wanted, small={ALL: "hide"}), DAY)
    assert "Persons under 18: * * *" in words_of(hidden)
    # What it shows is told to later documents, as any other's is.
    keep(engine, tmp_path, wanted)
    (table,) = look_at_paper(engine, "REF-1", REPORT, DAY).flagged
    assert (table.small, len(table.told) > 0) == ((), True)


def test_journal_tells_which_small_numbers_were_sent_and_of_hidden_ones_nothing(
    engine: Engine, tmp_path: Path
) -> None:
    keep(engine, tmp_path, REPORT)
    vault, hides = Vault(tmp_path / "documents"), replace(REPORT, small={ALL: "hide"})
    keep_paper(engine, vault, "REF-1", hides, by_email=OWNER, today=DAY, now=at(DAY))
    sent, hidden = (row for row in rows(engine, JournalEvent) if row.event == "document_made")
    assert (sent.person_id, sent.detail["version"], sent.detail["kind"]) == (
        hidden.person_id,
        1,
        "final-report",
    )
    assert ["persons_under_18", "follow-up-2010-q1"] in sent.detail["small_sent"]
    assert {key for key, *_ in sent.detail["small_sent"]} == {*COUNTED}
    assert "small_sent" not in hidden.detail
