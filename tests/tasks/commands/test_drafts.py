"""What was typed and not sent: how long it is kept, and for whom."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from models.commands.steps import Answer, Extend, StoredFile, Undo
from models.rules.lifetimes import DRAFT_LIVES
from models.tables.letter import Letter
from models.tables.step import Document, Draft
from models.vocabulary import AnswerKind, LetterKind
from tasks.commands.files.drafts import add_document, save_draft
from tasks.store.database import transaction
from tasks.store.form_keys import by_form
from tests.database_kinds import on_both
from tests.grant_scenes import (
    FIGURES,
    MANAGER,
    OWNER,
    a_grant_that_was,
    act,
    answer,
    at,
    do_round,
    person_id,
    rows,
    steps,
)

STARTED = date(2010, 4, 13)
STEP_KEY = "follow-up-2010-q1"


def a_file(name: str, size: int = 100) -> StoredFile:
    """Return a file as the file store keeps it."""
    return StoredFile(name, "application/pdf", size, "0" * 64, name.encode().hex().ljust(32, "0")[:32])


def start(engine: Engine, who: str, on: date = STARTED) -> None:
    """Let a person begin with the first quarter's follow-up: a text and a file."""
    step_id, person = steps(engine)[STEP_KEY].id, person_id(engine, who)
    with transaction(engine) as connection:
        save_draft(connection, step_id, person, "done", {"q-activities": "half a sentence"}, at(on))
        add_document(connection, step_id, a_file(f"{who}.pdf"), person, at(on))


def kept(engine: Engine) -> tuple[list[str], list[str]]:
    """Return whose texts are kept and which files, in order."""
    people = {person_id(engine, who): who for who in (OWNER, MANAGER)}
    files = [one.name.removesuffix(".pdf") for one in rows(engine, Document)]
    return [people[one.person_id] for one in rows(engine, Draft)], files


def test_round_forgets_a_draft_that_nobody_went_on_with(engine: Engine) -> None:
    a_grant_that_was(engine, "first paid")
    start(engine, MANAGER)
    start(engine, OWNER, STARTED + timedelta(days=2))
    do_round(engine, STARTED + DRAFT_LIVES + timedelta(days=1))
    assert kept(engine) == ([OWNER], [OWNER])


@on_both
def test_letter_that_moved_a_date_is_no_draft(engine: Engine) -> None:
    a_grant_that_was(engine, "first paid")
    start(engine, MANAGER)
    letter = a_file("anstånd.pdf")
    extended = Extend("REF-1", STEP_KEY, date(2010, 4, 30), "Sjukdom", files=(letter,))
    act(engine, extended, STARTED, MANAGER)
    answer(engine, STEP_KEY, STARTED + timedelta(days=1), kind=AnswerKind.NOTHING)
    do_round(engine, STARTED + DRAFT_LIVES + timedelta(days=1))
    (kept_letter,) = rows(engine, Document)
    kept_as = (kept_letter.name, kept_letter.evidence_on, kept_letter.answer_id)
    assert kept_as == (letter.name, STARTED, None)
    assert steps(engine)[STEP_KEY].fixed_due_source["kind"] == "choice"  # it stays a day of our own


def test_round_keeps_all_of_a_draft_that_somebody_went_on_with(engine: Engine) -> None:
    a_grant_that_was(engine, "first paid")
    owner, manager, lately = person_id(engine, OWNER), person_id(engine, MANAGER), STARTED + timedelta(days=9)
    step_id = steps(engine)[STEP_KEY].id
    for who in (OWNER, MANAGER):
        start(engine, who)
    with transaction(engine) as connection:
        save_draft(connection, step_id, owner, "done", {"q-activities": "a whole sentence"}, at(lately))
        add_document(connection, step_id, a_file("more.pdf"), manager, at(lately))
    do_round(engine, lately + DRAFT_LIVES)
    assert (sorted(kept(engine)[0]), kept(engine)[1]) == ([OWNER, MANAGER], [OWNER, MANAGER, "more"])
    do_round(engine, lately + DRAFT_LIVES + timedelta(days=1))
    assert kept(engine) == ([], [])


def test_file_of_an_undone_answer_is_kept_as_long_as_one_that_was_added_then(engine: Engine) -> None:
    a_grant_that_was(engine, "first paid")
    start(engine, OWNER)
    lately = STARTED + DRAFT_LIVES - timedelta(days=2)
    act(by_form(engine, "its form"), Answer("REF-1", STEP_KEY, data=FIGURES), lately)
    (key,) = [one.link_key for one in rows(engine, Letter) if one.kind == LetterKind.CONFIRMATION]
    act(engine, Undo("REF-1", key), lately)
    do_round(engine, lately + DRAFT_LIVES)
    assert kept(engine) == ([], [OWNER])
    do_round(engine, lately + DRAFT_LIVES + timedelta(days=1))
    assert kept(engine) == ([], [])


@pytest.mark.parametrize("begun", [(OWNER,), (OWNER, MANAGER)], ids=["by one", "by both"])
def test_who_passes_a_step_on_passes_texts_and_files_on(engine: Engine, begun: tuple[str, ...]) -> None:
    a_grant_that_was(engine, "first paid")
    for who in begun:
        start(engine, who)
    answer(engine, STEP_KEY, STARTED, kind=AnswerKind.NOT_ME, colleague=MANAGER)
    # Of two texts the one holds that its writer goes on with; no file is lost.
    assert kept(engine) == ([MANAGER], list(begun))
    assert {one.added_by_id for one in rows(engine, Document)} == {person_id(engine, MANAGER)}
