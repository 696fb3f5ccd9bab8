"""Add a committee or another body, with the days on which it meets."""

from sqlmodel import Session, select

from models.commands.meetings import AddBody, AddMeetings
from models.errors import Refused
from models.tables.person import Organisation
from tasks.commands.actor import Acting
from tasks.commands.command_faults import Refusal
from tasks.commands.meetings import add_meetings
from tasks.commands.replan.preview import Consequences
from tasks.intake.people import import_organisation
from tasks.intake.report import ImportDay, ImportReport


def add_body(session: Session, said: AddBody, acting: Acting) -> Consequences:
    """Add a body and its meetings; Refused where one of that key is known."""
    entry = said.organisation
    if session.exec(select(Organisation.id).where(Organisation.key == entry.key)).first() is not None:
        raise Refused(Refusal.BODY_THERE(name=entry.names[0].name))
    import_organisation(session, entry, ImportReport(), ImportDay(acting.today, acting.now))
    return add_meetings(session, AddMeetings(entry.key, said.days), acting)
