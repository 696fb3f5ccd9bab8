"""Add, move and cancel the meetings of bodies: every grant that they touch is planned again, and its people told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from models.errors import BadInput, Refused, UnknownMeeting
from models.reading.personal_number import refuse_personal_numbers
from models.tables.person import Organisation
from models.tables.step import Meeting
from tasks.commands.at_work.grant import BATCH, find_person, load_grants, lock_grants
from tasks.commands.replan.changes import finish_all
from tasks.commands.replan.what_if import Consequences, act_and_compare
from tasks.grants.acts.committee_rows import grants_before
from tasks.store.database import dry_run, unit_of_work
from tasks.store.journal import Happened, write_journal


@dataclass(frozen=True, slots=True)
class MeetingDay:
    """The day and the moment of a change to a body's meetings, by whom and why; kept only if `apply`."""

    today: date
    now: datetime
    apply: bool
    by_email: str | None = None
    reason: str = ""


def add_meeting(engine: Engine, body: str, meeting: Meeting, day: MeetingDay) -> Consequences:
    """Add a meeting of the body, whose organisation the row need not say."""

    def add(session: Session, organisation: Organisation) -> dict[str, str]:
        _free(session, organisation, meeting.held_on)
        meeting.organisation_id = organisation.id or 0
        session.add(meeting)
        return {"held_on": meeting.held_on.isoformat(), "kind": str(meeting.kind)}

    return _change(engine, body, day, "meeting_added", add)


def cancel_meeting(engine: Engine, body: str, held_on: date, day: MeetingDay) -> Consequences:
    """Cancel a meeting; UnknownMeeting if the body has none on that day, Refused if it is cancelled already."""

    def cancel(session: Session, organisation: Organisation) -> dict[str, str]:
        meeting = _known(session, organisation, held_on)
        if meeting.cancelled:
            raise Refused(f"the meeting of {body} on {held_on} is cancelled already")
        meeting.cancelled = True
        return {"held_on": held_on.isoformat()}

    return _change(engine, body, day, "meeting_cancelled", cancel)


def move_meeting(
    engine: Engine,
    body: str,
    held_on: date,
    to_on: date,
    day: MeetingDay,
    *,
    agenda_on: date | None = None,
    documents_on: date | None = None,
) -> Consequences:
    """Move a meeting; its agenda and documents move as far, unless their days are said.

    Raises UnknownMeeting if the body has none on that day, Refused if it is cancelled or the new day has one, BadInput
    for an agenda or documents after the meeting.
    """

    def move(session: Session, organisation: Organisation) -> dict[str, str]:
        meeting = _known(session, organisation, held_on)
        if meeting.cancelled:
            raise Refused(f"the meeting of {body} on {held_on} is cancelled; add one on {to_on}")
        _free(session, organisation, to_on)
        move_row(meeting, to_on)
        meeting.agenda_on = agenda_on or meeting.agenda_on
        meeting.documents_on = documents_on or meeting.documents_on
        late = [one for one in (meeting.agenda_on, meeting.documents_on) if one is not None and one > to_on]
        if late:
            raise BadInput(f"{late[0]} is after the meeting ({to_on})")
        return {"held_on": to_on.isoformat(), "moved_from": held_on.isoformat()}

    return _change(engine, body, day, "meeting_moved", move)


def move_row(meeting: Meeting, to_on: date) -> None:
    """Move a meeting's row, its agenda and its documents by as many days; it keeps the day it was first called for."""
    by = to_on - meeting.held_on
    meeting.moved_from_on = meeting.moved_from_on or meeting.held_on
    meeting.agenda_on = meeting.agenda_on + by if meeting.agenda_on else None
    meeting.documents_on = meeting.documents_on + by if meeting.documents_on else None
    meeting.held_on = to_on


def replan_before(session: Session, organisation_id: int, day: MeetingDay) -> Consequences:
    """Plan every grant again whose approvals the organisation's meetings take, and tell whom that moves a date for."""
    person = find_person(session, day.by_email) if day.by_email else None
    found = []
    references = grants_before(session, organisation_id)
    for first in range(0, len(references), BATCH):
        works = load_grants(session, lock_grants(session, references[first : first + BATCH]), day.today)
        for work in works:
            found.append(act_and_compare(work, lambda _: day.reason, person.id if person else None))
        finish_all(works, day.now)
    return Consequences.joined(found)


def list_meetings(session: Session, body: str | None) -> list[tuple[str, Meeting]]:
    """Return the meetings with their bodies' keys, in the order of their days; of one body, or of all."""
    query = (
        select(Organisation.key, Meeting)
        .join(Organisation)
        .order_by(col(Meeting.held_on), col(Organisation.key))
    )
    if body is not None:
        query = query.where(Meeting.organisation_id == _organisation(session, body).id)
    return list(session.exec(query).all())


def _change(
    engine: Engine,
    body: str,
    day: MeetingDay,
    event: str,
    change: Callable[[Session, Organisation], dict[str, str]],
) -> Consequences:
    refuse_personal_numbers(reason=day.reason)
    with unit_of_work(engine if day.apply else dry_run(engine), many=True) as session:
        organisation = _organisation(session, body)
        person = find_person(session, day.by_email) if day.by_email else None
        detail = {"body": body, "reason": day.reason, **change(session, organisation)}
        session.flush()
        happened = Happened(event, person_id=person.id if person else None, detail=detail)
        write_journal(session.connection(), day.today, day.now, [happened])
        return replan_before(session, organisation.id or 0, day)


def _organisation(session: Session, body: str) -> Organisation:
    found = session.exec(select(Organisation).where(Organisation.key == body)).first()
    if found is None:
        with_meetings = select(Organisation.key).join(Meeting).distinct().order_by(col(Organisation.key))
        known = ", ".join(session.exec(with_meetings)) or "none yet"
        raise BadInput(f"there is no body '{body}'; those with meetings: {known}")
    return found


def _find(session: Session, organisation: Organisation, held_on: date) -> Meeting | None:
    return session.exec(
        select(Meeting).where(Meeting.organisation_id == organisation.id, Meeting.held_on == held_on)
    ).first()


def _free(session: Session, organisation: Organisation, day: date) -> None:
    """Make room for a meeting on the day: one that was cancelled gives way; Refused if one is held."""
    found = _find(session, organisation, day)
    if found is not None and not found.cancelled:
        raise Refused(f"{organisation.key} meets on {day} already")
    if found is not None:
        session.delete(found)
        session.flush()


def _known(session: Session, organisation: Organisation, held_on: date) -> Meeting:
    meeting = _find(session, organisation, held_on)
    if meeting is None:
        days = session.exec(
            select(Meeting)
            .where(Meeting.organisation_id == organisation.id, col(Meeting.cancelled).is_(False))
            .order_by(col(Meeting.held_on))
        )
        known = ", ".join(row.held_on.isoformat() for row in days) or "none"
        raise UnknownMeeting(f"{organisation.key} on {held_on}; it has: {known}")
    return meeting
