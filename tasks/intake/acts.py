"""Do what a person enters by a form as an import does its rows: a person, a grant, a body."""

from collections.abc import Mapping
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from sqlalchemy import func
from sqlmodel import Session, select

from models.commands.grants import OpenGrant
from models.commands.meetings import AddBody, AddMeetings
from models.commands.people import PutPerson
from models.errors import BadInput, ImportInvalid, LastAdministrator, Refused
from models.events import GrantEvent, OfficeEvent
from models.intake.file import GrantEntry, ImportFile, PersonEntry
from models.intake.headings import WORDS
from models.rules.watch.tampering import find_changed_rows, read_held_rows
from models.tables.columns import id_of
from models.tables.grant import Grant
from models.tables.person import Organisation, Person
from tasks.commands.actor import Acting
from tasks.commands.at_work.load import load_grants, lock_grants
from tasks.commands.at_work.lookup import find_person
from tasks.commands.command_faults import Refusal
from tasks.commands.evidence import keep_letter
from tasks.commands.meetings import add_meetings
from tasks.commands.replan.changes import finish
from tasks.commands.replan.preview import Consequences
from tasks.intake.import_faults import Imported
from tasks.intake.imports import import_content
from tasks.intake.people import import_organisation, import_people
from tasks.intake.report import ImportDay, ImportReport
from tasks.programmes.faults import sentence_of
from tasks.programmes.files import ProgrammeRegistry
from tasks.store.journal import Event, write_journal

Shape = TypeVar("Shape", bound=BaseModel)


def put_person(session: Session, said: PutPerson, acting: Acting) -> int:
    """Write the person's row; return their id.

    Raises BadInput for what does not fit, Refused for an address that is somebody else's, UnknownPerson.
    """
    entry = read_entry(PersonEntry, {"email": said.email, **said.said})
    row = session.exec(select(Person).where(Person.email == entry.email)).first()
    if row is not None and row.id != said.person_id:
        raise Refused(Imported.ADDRESS_TAKEN(email=entry.email, name=row.name))
    if row is None and said.person_id is not None:
        row = find_person(session, said.person_id)
        row.email = entry.email
        row.bounced_at = None
    before = read_held_rows(Person, [row] if row is not None else [])
    try:
        day = ImportDay(acting.today, acting.now, said_by=said.said_by)
        moved = import_people(session, ImportFile(people=(entry,)), ImportReport(), day)
    except LastAdministrator:
        raise
    except ImportInvalid as error:
        raise BadInput(error.remark) from error
    put = session.exec(select(Person).where(Person.email == entry.email)).one()
    noted = Event(
        OfficeEvent.PERSON_CHANGED if row is not None else OfficeEvent.PERSON_ADDED,
        person_id=put.id,
        detail={"by": acting.by_id, "what": sorted(said.said)} | moved.get(id_of(put), {}),
        rows=find_changed_rows(before, read_held_rows(Person, [put])),
    )
    write_journal(session.connection(), acting.today, acting.now, [noted])
    return id_of(put)


def open_grant(session: Session, said: OpenGrant, acting: Acting) -> ImportReport:
    """Open the grant, and keep its letter; BadInput for what does not fit, or is here.

    It is quiet where steps of it are late already, or where it waits to be confirmed.
    """
    entry = read_entry(
        GrantEntry, {**said.said, "reference": said.grant, "programme": said.programme.programme}
    )
    if session.exec(select(Grant.id).where(func.lower(Grant.reference) == entry.reference.lower())).first():
        raise BadInput(Imported.GRANT_IS_HERE(grant=entry.reference))
    day = ImportDay(acting.today, acting.now, holds=said.waits)
    try:
        content = ImportFile(organisations=said.organisations, grants=(entry,))
        report = import_content(session, content, ProgrammeRegistry(read=[said.programme]), day)
    except ImportInvalid as error:
        raise BadInput(error.remark) from error
    about = {"grant": entry.reference, **({"waits": True} if said.waits else {})}
    opened = Event(OfficeEvent.GRANT_ENTERED, person_id=acting.by_id, detail=about)
    write_journal(session.connection(), acting.today, acting.now, [opened])
    if said.files or said.waits:
        (work,) = load_grants(session, lock_grants(session, [entry.reference]), acting.today)
        keep_letter(work, said.files, acting)
        if said.waits and not work.grant.quiet:
            work.grant.quiet = True
            work.add_event(GrantEvent.IMPORT_HELD)
        finish(work, acting.now)
    return report


def read_entry(shape: type[Shape], said: Mapping[str, object]) -> Shape:
    """Return what is said as an entry of an import file; BadInput for what does not fit."""
    try:
        return shape.model_validate(said)
    except ValidationError as error:
        fault = error.errors()[0]
        raise BadInput(sentence_of(fault, fault["loc"], shape, WORDS)) from error


def add_body(session: Session, said: AddBody, acting: Acting) -> Consequences:
    """Add a body and its meetings; Refused where one of that key is known."""
    entry = said.organisation
    if session.exec(select(Organisation.id).where(Organisation.key == entry.key)).first() is not None:
        raise Refused(Refusal.BODY_THERE(name=entry.names[0].name))
    import_organisation(session, entry, ImportReport(), ImportDay(acting.today, acting.now))
    return add_meetings(session, AddMeetings(entry.key, said.days), acting)
