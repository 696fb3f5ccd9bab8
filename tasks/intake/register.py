"""Put a person or a grant into the books, as an import file does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from sqlalchemy import func
from sqlmodel import Session, select

from models.commands.grants import OpenGrant
from models.commands.people import PutPerson
from models.errors import BadInput, ImportInvalid, Refused, UnknownPerson
from models.intake.file import ImportFile
from models.intake.grants import GrantEntry
from models.intake.people import PersonEntry
from models.intake.words import WORDS
from models.programme.plan import Programme
from models.rules.watch.rows import changed_rows, held_rows
from models.tables.grant import Grant
from models.tables.person import Person
from tasks.commands.acting import Acting
from tasks.commands.messages import Refusal
from tasks.intake.imports import import_content
from tasks.intake.messages import Imported
from tasks.intake.people import import_people
from tasks.intake.report import ImportDay, ImportReport
from tasks.programmes.faults import sentence_of
from tasks.store.journal import Happened, write_journal

Shape = TypeVar("Shape", bound=BaseModel)


def put_person(session: Session, said: PutPerson, acting: Acting) -> int:
    """Write the person's row; return their id.

    Raises BadInput for what does not fit, Refused for an address that is somebody else's, UnknownPerson.
    """
    entry = _entry(PersonEntry, {"email": said.email, **said.said})
    row = session.exec(select(Person).where(Person.email == entry.email)).first()
    if row is not None and row.id != said.person_id:
        raise Refused(Imported.ADDRESS_TAKEN(email=entry.email, name=row.name))
    if row is None and said.person_id is not None:
        row = session.get(Person, said.person_id)
        if row is None:
            raise UnknownPerson(Refusal.NO_PERSON_HERE(person=said.person_id))
        row.email, row.bounced_at = entry.email, None
    before = held_rows(Person, [row] if row is not None else [])
    try:
        import_people(
            session, ImportFile(people=(entry,)), ImportReport(), ImportDay(acting.today, acting.now)
        )
    except ImportInvalid as error:
        raise BadInput(error.remark) from error
    put = session.exec(select(Person).where(Person.email == entry.email)).one()
    happened = Happened(
        "person_changed" if row is not None else "person_added",
        person_id=put.id,
        detail={"by": acting.by_id, "what": sorted(said.said)},
        rows=changed_rows(before, held_rows(Person, [put])),
    )
    write_journal(session.connection(), acting.today, acting.now, [happened])
    return put.id or 0


def open_grant(session: Session, said: OpenGrant, acting: Acting) -> ImportReport:
    """Open the grant; it is quiet where steps of it are late already. BadInput for what does not fit, or is here."""
    entry = _entry(GrantEntry, {**said.said, "reference": said.grant, "programme": said.programme.programme})
    if session.exec(select(Grant.id).where(func.lower(Grant.reference) == entry.reference.lower())).first():
        raise BadInput(Imported.GRANT_IS_HERE(grant=entry.reference))
    day = ImportDay(acting.today, acting.now)
    try:
        content = ImportFile(organisations=said.organisations, grants=(entry,))
        report = import_content(session, content, _Known(said.programme), day)
    except ImportInvalid as error:
        raise BadInput(error.remark) from error
    opened = Happened("grant_entered", person_id=acting.by_id, detail={"grant": entry.reference})
    write_journal(session.connection(), acting.today, acting.now, [opened])
    return report


@dataclass(frozen=True, slots=True)
class _Known:
    """The programme that was chosen, as imports find them."""

    programme: Programme

    def get(self, name: str) -> Programme:
        """Return it."""
        return self.programme


def _entry(shape: type[Shape], said: Mapping[str, object]) -> Shape:
    try:
        return shape.model_validate(said)
    except ValidationError as error:
        fault = error.errors()[0]
        raise BadInput(sentence_of(fault, fault["loc"], shape, WORDS)) from error
