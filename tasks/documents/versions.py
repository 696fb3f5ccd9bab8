"""Make a document and keep it as a version of its own, as Word and as PDF."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from models.commands.steps import StoredFile
from models.errors import DatabaseUnready, GrantError, Refused
from models.events import GrantEvent
from models.tables.grant import Grant
from models.tables.step import Document, MadeDocument, Step
from models.vocabulary import Phase
from tasks.commands.at_work.load import load_grant
from tasks.commands.at_work.lookup import approvals_of, find_person
from tasks.commands.files.approved_version import made_versions
from tasks.commands.files.file_store import FileStore, is_whole
from tasks.commands.replan.changes import grant_at_work
from tasks.documents.document_faults import Printed
from tasks.documents.facts.small_numbers_choice import keep_choice, kept_choice
from tasks.documents.offers import offers_of
from tasks.documents.papers import Paper, Wanted, look_at_paper, make_paper
from tasks.documents.pdf.documents import as_pdf
from tasks.store.database import reading


class SmallUndecided(Refused):
    """An officer has to settle something about its numbers before the document is made."""

    def __init__(self, paper: Paper) -> None:
        if paper.chosen.choice is None:
            why = Printed.SAY_SMALL(small="; ".join(paper.small))
        else:
            quoted = " ".join(f'"{sentence}"' for sentence in paper.numbers_in_texts or paper.unread)
            why = Printed.TEXTS_UNREAD(texts=quoted)
        super().__init__(why)
        self.paper = paper


log = logging.getLogger(__name__)
# Documents that belong to one step each, and leave with it.
_OF_A_STEP = ("follow-up", "claim", "cover-letter", "repayment")


@dataclass(frozen=True, slots=True)
class KeptPaper:
    """A stored version: its Word document's name and hash, and its number; `again` if it existed already."""

    name: str
    version: int
    sha256: str
    again: bool = False


def _find_same(file_store: FileStore, versions: Sequence[MadeDocument], sha256: str) -> MadeDocument | None:
    """Return the newest version's file with this hash; None if a file of that version is gone or damaged."""
    newest = [row for row in versions if row.version == versions[-1].version]
    if not all(is_whole(file_store.path(row.stored_as), row.sha256) for row in newest):
        return None
    return next((row for row in newest if row.sha256 == sha256), None)


def _version_rows(
    paper: Paper, files: Iterable[StoredFile], *, version: int, **common: Any
) -> list[MadeDocument]:
    """Return the rows of a version's files, each named after the paper and the version."""
    stem = paper.name.removesuffix(".docx")
    return [
        MadeDocument(
            **common,
            version=version,
            name=f"{stem}-v{version}.{file.name.rpartition('.')[2]}",
            media_type=file.media_type,
            size=file.size,
            sha256=file.sha256,
            stored_as=file.stored_as,
            small_numbers=str(paper.chosen.choice) if paper.small else "",
        )
        for file in files
    ]


def keep_paper(
    engine: Engine,
    file_store: FileStore,
    reference: str,
    wanted: Wanted,
    *,
    by_email: str,
    today: date,
    now: datetime,
    on: date | None = None,
) -> KeptPaper:
    """Make the document and keep it as a new version, as Word and as PDF, unless the newest is the same.

    It is made as of `on`, today by default. Raises SmallUndecided if an officer must make a choice
    about small numbers of people in it, or check a sentence.
    """
    made_on = on or today
    # The PDF is made from the Word document.
    paper = decided_paper(engine, reference, replace(wanted, pdf=False), made_on)
    with (
        file_store.receive(paper.name) as word,
        file_store.receive(paper.name.replace(".docx", ".pdf")) as pdf,
    ):
        word.write(paper.content)
        pdf.write(as_pdf(paper.content, wanted.language))
        files = (word.finish(), pdf.finish())
    with file_store.unless_refused(files), grant_at_work(engine, reference, today, now) as work:
        person = find_person(work.session, by_email)
        keep_choice(work, paper.chosen, person.id)
        step = work.steps.get(paper.step_key or "")
        earlier = [
            row for row in made_versions(work, wanted.kind) if row.step_id == (step.id if step else None)
        ]
        same = _find_same(file_store, earlier, files[0].sha256)
        if same is not None:  # the files just stored belong to no row: the sweep takes them
            return KeptPaper(same.name, same.version, same.sha256, again=True)
        rows = _version_rows(
            paper,
            files,
            grant_id=work.grant_id,
            step_id=step.id if step else None,
            kind=wanted.kind,
            language=wanted.language,
            version=earlier[-1].version + 1 if earlier else 1,
            made_by_id=person.id,
            made_on=made_on,
            made_at=now,
        )
        work.session.add_all(rows)
        word_row = rows[0]
        detail: dict[str, object] = {
            "kind": wanted.kind,
            "version": word_row.version,
            "sha256": word_row.sha256,
        }
        if word_row.small_numbers:
            detail["small_numbers"] = word_row.small_numbers
        work.add_event(GrantEvent.DOCUMENT_MADE, step, person.id, **detail)
        return KeptPaper(word_row.name, word_row.version, word_row.sha256)


def decided_paper(engine: Engine, reference: str, wanted: Wanted, on: date) -> Paper:
    """Return the document as of the day, and store nothing; SmallUndecided as `keep_paper`."""
    paper = make_paper(engine, reference, wanted, on)
    if paper.undecided:
        raise SmallUndecided(paper)
    return paper


def choose_for_documents(
    engine: Engine, reference: str, wanted: Wanted, *, by_email: str, today: date, now: datetime
) -> None:
    """Keep an officer's choices for the grant's documents, with who made them."""
    with grant_at_work(engine, reference, today, now) as work:
        chosen = kept_choice(work.grant).joined(wanted.small, wanted.confirmed, wanted.settled)
        keep_choice(work, chosen, find_person(work.session, by_email).id)


def keep_missing(
    engine: Engine,
    file_store: FileStore,
    reference: str,
    done: str | int,
    *,
    by_email: str,
    templates: Path,
    today: date,
    now: datetime,
) -> None:
    """Make the papers of a step just done, by its key or its instalment, unless they exist or were sent.

    A paper that cannot be made, or needs a choice first, is left out: the registry's index then has
    a line without a file. Raises OSError or DatabaseUnready if nothing can be stored.
    """
    with reading(engine) as connection, Session(connection) as session:
        grant = session.exec(select(Grant).where(Grant.reference == reference)).one()
        work = load_grant(session, grant, today)
        steps = sorted(work.steps.values(), key=lambda step: step.position)
        step = next(step for step in steps if done in (step.key, step.instalment))
        sent = select(Document.id).where(Document.step_id == step.id, col(Document.evidence_on).is_(None))
        files = session.exec(sent).first()
        offers = [
            offer for offer in offers_of(steps, today) if offer.kind in _OF_A_STEP and step.id in offer.steps
        ]
        made = {
            offer.kind
            for offer in offers
            for row in made_versions(work, offer.kind)
            if row.step_id == step.id
        }
        missing = [] if files else [offer for offer in offers if offer.kind not in made]
        language = find_person(session, by_email).language
    for offer in missing:
        wanted = Wanted(offer.kind, language, step.key, offer.instalment, templates=templates)
        try:
            keep_paper(engine, file_store, reference, wanted, by_email=by_email, today=today, now=now)
        except DatabaseUnready:
            raise
        except GrantError as error:
            log.info("a paper of a step was not made: %s", type(error).__name__)


def renew_report(
    engine: Engine,
    file_store: FileStore,
    reference: str,
    step_key: str,
    *,
    by_email: str,
    templates: Path,
    today: date,
    now: datetime,
) -> KeptPaper | None:
    """Make the final report and its memo from what was just handed in, so that the approver can read them.

    The language is the last version's. Returns None, and makes nothing, if the step is not a report
    that a body here approves. The same holds if somebody must make a choice about small numbers
    first, or the document cannot be made. Its approver then sees that there is no version. A memo
    that is still a draft, because a part of it is not written, is not made. Raises OSError or
    DatabaseUnready if nothing can be stored.
    """
    wanted = Wanted("final-report", templates=templates)
    with reading(engine) as connection, Session(connection) as session:
        named = (Grant.reference == reference, Step.key == step_key, Step.phase == Phase.FINAL_REPORT)
        grant = session.exec(
            select(Grant).join(Step, col(Step.grant_id) == col(Grant.id)).where(*named)
        ).first()
        if grant is None:
            return None
        work = load_grant(session, grant, today)
        if not any(not approval.with_funder for approval in approvals_of(work, work.steps[step_key])):
            return None
        made = made_versions(work, "final-report")
        wanted = replace(
            wanted, language=made[-1].language if made else find_person(session, by_email).language
        )
    kept = None
    try:
        kept = keep_paper(engine, file_store, reference, wanted, by_email=by_email, today=today, now=now)
        memo = replace(wanted, kind="memo")
        if not look_at_paper(engine, reference, memo, today).is_draft:
            keep_paper(engine, file_store, reference, memo, by_email=by_email, today=today, now=now)
    except DatabaseUnready:
        raise
    except GrantError as error:
        log.info("the %s was not made again: %s", "report" if kept is None else "memo", type(error).__name__)
    return kept
