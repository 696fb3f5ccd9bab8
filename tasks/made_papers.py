"""Make a document and keep it as a version of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine

from models.errors import BadInput
from models.step import MadeDocument
from tasks.approved_versions import made_versions
from tasks.changes import grant_at_work
from tasks.document_vault import Vault
from tasks.grant_at_work import find_person
from tasks.paperwork import Wanted, make_paper


@dataclass(frozen=True, slots=True)
class KeptPaper:
    """A stored version: its name, number and hash."""

    name: str
    version: int
    sha256: str


def keep_paper(
    engine: Engine, vault: Vault, reference: str, wanted: Wanted, *, by_email: str, today: date, now: datetime
) -> KeptPaper:
    """Make the document and keep it as a new version."""
    paper = make_paper(engine, reference, wanted, today)
    if paper.small:
        raise BadInput(
            f"small numbers of people are in it ({'; '.join(paper.small)}): say --small hide, or --small send"
        )
    stem, _, ending = paper.name.rpartition(".")
    with vault.receive(paper.name) as receiver:
        receiver.write(paper.content)
        stored = receiver.finish()
    with grant_at_work(engine, reference, today, now) as work:
        person = find_person(work.session, by_email)
        version = 1 + max((row.version for row in made_versions(work, wanted.kind)), default=0)
        step = work.steps.get(paper.step_key or "")
        row = MadeDocument(
            grant_id=work.grant_id,
            step_id=step.id if step else None,
            kind=wanted.kind,
            language=wanted.language,
            version=version,
            name=f"{stem}-v{version}.{ending}",
            media_type=stored.media_type,
            size=stored.size,
            sha256=stored.sha256,
            stored_as=stored.stored_as,
            made_by_id=person.id,
            made_on=today,
            made_at=now,
        )
        work.session.add(row)
        chosen = {"small_numbers": wanted.small} if wanted.small else {}
        work.happened(
            "document_made",
            step,
            person.id,
            kind=wanted.kind,
            version=version,
            sha256=stored.sha256,
            **chosen,
        )
        return KeptPaper(row.name, version, stored.sha256)
