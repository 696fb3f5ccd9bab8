"""Import the meetings of bodies."""

from __future__ import annotations

from datetime import date

from sqlmodel import Session, select

from models.errors import ImportInvalid
from models.intake.file import ImportFile
from models.intake.people import MeetingEntry
from models.tables.person import Organisation
from models.tables.step import Meeting
from tasks.commands.meetings import move_row
from tasks.intake.messages import Imported
from tasks.intake.report import ImportReport
from tasks.store.rows import set_values


def import_meetings(session: Session, content: ImportFile, report: ImportReport) -> list[int]:
    """Import the meetings; return the organisations whose meetings are others than before."""
    touched: dict[int, None] = {}
    for entry in content.meetings:
        body = session.exec(select(Organisation).where(Organisation.key == entry.body)).first()
        if body is None:
            raise ImportInvalid(Imported.BODY_UNKNOWN(day=entry.held_on, body=entry.body))
        outcome = _import_meeting(session, entry, body.id or 0)
        report.count("meeting", outcome)
        if outcome != "unchanged":
            touched[body.id or 0] = None
    return list(touched)


def _import_meeting(session: Session, entry: MeetingEntry, body_id: int) -> str:
    """Add the meeting or bring it up to date; one that is moved is found on the day from which it is."""
    row, outcome = _meeting_on(session, body_id, entry.held_on), "unchanged"
    if row is None and entry.moved_from is not None:
        row = _meeting_on(session, body_id, entry.moved_from)
        if row is not None:
            move_row(row, entry.held_on)
            outcome = "changed"
    if row is None:
        row, outcome = Meeting(organisation_id=body_id, held_on=entry.held_on), "new"
        session.add(row)
    values = entry.model_dump(exclude={"body", "held_on", "moved_from"}, exclude_unset=True)
    if entry.moved_from is not None and row.moved_from_on is None:
        values["moved_from_on"] = entry.moved_from
    changed = set_values(row, values)
    session.flush()
    return "changed" if changed and outcome == "unchanged" else outcome


def _meeting_on(session: Session, body_id: int, held_on: date) -> Meeting | None:
    same_day = select(Meeting).where(Meeting.organisation_id == body_id, Meeting.held_on == held_on)
    return session.exec(same_day).first()
