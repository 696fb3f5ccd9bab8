"""Add, move and cancel the meetings of bodies: grants are planned again, and their people told."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlmodel import Session, col, select

from models.commands.clock import Clock
from models.commands.meetings import AddMeeting, AddMeetings, CancelMeeting, ChooseMeeting, MoveMeeting
from models.errors import BadInput, Refused, UnknownMeeting
from models.events import GrantEvent, OfficeEvent
from models.reading.personal_number import refuse_personal_numbers
from models.reading.value_faults import Reading
from models.rules.dates.agenda import is_before
from models.rules.dates.committee import MeetingTaken
from models.tables.columns import id_of
from models.tables.grant import Grant, ProgrammeVersion
from models.tables.person import Organisation
from models.tables.step import Meeting, Step
from models.vocabulary import MOST_MINUTES_DAYS, UNSETTLED, GrantStatus, MeetingKind, StepKind
from tasks.commands.actor import Acting
from tasks.commands.at_work.grant import GrantAtWork
from tasks.commands.at_work.load import BATCH, load_grants, lock_grants
from tasks.commands.at_work.lookup import find_item
from tasks.commands.command_faults import Refusal
from tasks.commands.replan.changes import finish_all
from tasks.commands.replan.preview import Consequences, act_and_compare
from tasks.store.journal import Event, write_journal
from tasks.store.shared_facts import SharedFacts


def add_meeting(session: Session, command: AddMeeting, acting: Acting) -> Consequences:
    """Add a meeting of the body; Refused if it meets on the day already, BadInput for papers after it."""
    organisation = _organisation(session, command.body)
    _check_days(command.held_on, command.agenda_on, command.documents_on)
    if command.minutes_days is not None and not 0 <= command.minutes_days <= MOST_MINUTES_DAYS:
        raise BadInput(Refusal.MINUTES(most=MOST_MINUTES_DAYS))
    _free(session, organisation, command.held_on)
    names = ("held_on", "kind", "agenda_on", "documents_on", "minutes_days")
    session.add(
        Meeting(organisation_id=id_of(organisation), **{name: getattr(command, name) for name in names})
    )
    detail = {"held_on": command.held_on.isoformat(), "kind": str(command.kind)}
    return _record(
        session,
        organisation,
        event=OfficeEvent.MEETING_ADDED,
        detail=detail,
        acting=acting,
        reason=command.reason,
        takes=dict.fromkeys(command.takes, command.held_on),
    )


def add_meetings(session: Session, command: AddMeetings, acting: Acting) -> Consequences:
    """Add ordinary meetings on the days that have none, and cancel others; Refused if that changes nothing."""
    organisation = _organisation(session, command.body)
    existing = (_find(session, organisation, day) for day in command.days)
    held = {meeting.held_on for meeting in existing if meeting is not None and not meeting.cancelled}
    new = [day for day in command.days if day not in held]
    if not new and not command.cancels:
        raise Refused(Refusal.ALL_MEET_ALREADY(body=organisation.key))
    for day in command.cancels:
        _known(session, organisation, day).cancelled = True
    gone = [{"held_on": day.isoformat()} for day in command.cancels]
    _note(session, organisation, event=OfficeEvent.MEETING_CANCELLED, details=gone, acting=acting)
    for day in new:
        _free(session, organisation, day)
        session.add(Meeting(organisation_id=id_of(organisation), held_on=day))
    details = [{"held_on": day.isoformat(), "kind": str(MeetingKind.ORDINARY)} for day in new]
    return _record_all(session, organisation, event=OfficeEvent.MEETING_ADDED, details=details, acting=acting)


def choose_meeting(work: GrantAtWork, command: ChooseMeeting, acting: Acting) -> Consequences:
    """Let another meeting take an item; Refused if it is settled, or if no meeting then takes it in time."""
    step = find_item(work, command.step)
    if step.status not in UNSETTLED:
        raise Refused(Refusal.NO_ITEM(step=step.key))
    refuse_personal_numbers(reason=command.reason)

    def choose(work: GrantAtWork) -> str:
        step.fixed_due_on = step.fixed_due_source = None
        work.chosen_meetings[step.key] = MeetingTaken(command.held_on)
        work.add_event(GrantEvent.MEETING_CHOSEN, step, acting.by_id, held_on=command.held_on.isoformat())
        return command.reason

    moved = act_and_compare(work, choose, acting.by_id)
    if step.due_on != command.held_on:
        raise Refused(Refusal.NOT_IN_TIME(step=step.key, day=command.held_on))
    return moved


def cancel_meeting(session: Session, command: CancelMeeting, acting: Acting) -> Consequences:
    """Cancel a meeting; UnknownMeeting if the body holds none on that day."""
    organisation = _organisation(session, command.body)
    meeting = _known(session, organisation, command.held_on)
    meeting.cancelled = True
    detail = {"held_on": command.held_on.isoformat()}
    return _record(
        session,
        organisation,
        event=OfficeEvent.MEETING_CANCELLED,
        detail=detail,
        acting=acting,
        reason=command.reason,
    )


def move_meeting(session: Session, command: MoveMeeting, acting: Acting) -> Consequences:
    """Move a meeting; its agenda and documents move as far, unless their days are given.

    Raises UnknownMeeting if the body holds none on that day, Refused if the new day has one,
    BadInput for an agenda or documents after the meeting.
    """
    organisation = _organisation(session, command.body)
    meeting = _known(session, organisation, command.held_on)
    _free(session, organisation, command.to_on)
    move_row(meeting, command.to_on)
    meeting.agenda_on = command.agenda_on or meeting.agenda_on
    meeting.documents_on = command.documents_on or meeting.documents_on
    _check_days(command.to_on, meeting.agenda_on, meeting.documents_on)
    detail = {"held_on": command.to_on.isoformat(), "moved_from": command.held_on.isoformat()}
    return _record(
        session,
        organisation,
        event=OfficeEvent.MEETING_MOVED,
        detail=detail,
        acting=acting,
        reason=command.reason,
    )


def _check_days(held_on: date, *before: date | None) -> None:
    late = [day for day in before if day is not None and day > held_on]
    if late:
        raise BadInput(Refusal.AFTER_THE_MEETING(day=late[0], held_on=held_on))


def move_row(meeting: Meeting, to_on: date) -> None:
    """Move a meeting's row, its agenda and documents by as many days; it keeps its first day."""
    by = to_on - meeting.held_on
    meeting.moved_from_on = meeting.moved_from_on or meeting.held_on
    meeting.agenda_on = meeting.agenda_on + by if meeting.agenda_on else None
    meeting.documents_on = meeting.documents_on + by if meeting.documents_on else None
    meeting.held_on = to_on


def replan_before(
    session: Session,
    organisation_id: int,
    clock: Clock,
    by_id: int | None = None,
    reason: str = "",
    takes: Mapping[tuple[str, str], date] | None = None,
) -> Consequences:
    """Plan every grant with approvals before the organisation again, and tell people whose dates move.

    An item stays at its meeting while that takes it in time, except those that the meeting on a day
    `takes`.
    """
    chosen = takes or {}
    moved = []
    references = _grants_before(session, organisation_id)
    for first in range(0, len(references), BATCH):
        works = load_grants(session, lock_grants(session, references[first : first + BATCH]), clock.today)
        for work in works:
            mine = {key: day for (grant, key), day in chosen.items() if grant == work.grant.reference}
            work.chosen_meetings |= {key: MeetingTaken(day) for key, day in mine.items()}
            moved.append(act_and_compare(work, lambda _: reason, by_id))
        finish_all(works, clock.now)
    return Consequences.joined(moved)


def _grants_before(session: Session, organisation_id: int) -> list[str]:
    """Return the references of running grants with an approval before the organisation."""
    key = session.exec(select(Organisation.key).where(Organisation.id == organisation_id)).one()
    open_approval = (
        select(Step.id)
        .where(Step.grant_id == Grant.id, Step.kind == StepKind.APPROVAL, col(Step.status).in_(UNSETTLED))
        .exists()
    )
    rows = session.exec(
        select(Grant.reference, Grant.programme_id, Grant.recipient_id)
        .join(ProgrammeVersion)
        .where(Grant.status == GrantStatus.OPEN, open_approval)
        .order_by(col(Grant.id))
    )
    references = []
    shared = SharedFacts(session)
    for reference, programme_id, recipient_id in rows:
        bodies = shared.programme(programme_id).bodies.values()
        if any(is_before(body, key, recipient_id, organisation_id) for body in bodies):
            references.append(reference)
    return references


def list_meetings(session: Session, body: str | None) -> list[tuple[str, Meeting]]:
    """Return the meetings with their bodies' keys, in the order of their days, for one body or all."""
    query = (
        select(Organisation.key, Meeting)
        .join(Organisation)
        .order_by(col(Meeting.held_on), col(Organisation.key))
    )
    if body is not None:
        query = query.where(Meeting.organisation_id == _organisation(session, body).id)
    return list(session.exec(query).all())


def _record(
    session: Session,
    organisation: Organisation,
    event: OfficeEvent,
    detail: Mapping[str, str],
    acting: Acting,
    reason: str,
    takes: Mapping[tuple[str, str], date] | None = None,
) -> Consequences:
    """Record a change to a body's meetings in the journal, and plan the affected grants again."""
    return _record_all(
        session, organisation, event=event, details=[detail], acting=acting, reason=reason, takes=takes
    )


def _record_all(
    session: Session,
    organisation: Organisation,
    event: OfficeEvent,
    details: Sequence[Mapping[str, str]],
    acting: Acting,
    reason: str = "",
    takes: Mapping[tuple[str, str], date] | None = None,
) -> Consequences:
    """Record changes of a kind to a body's meetings in the journal, and plan the affected grants again."""
    _note(session, organisation, event=event, details=details, acting=acting, reason=reason)
    return replan_before(session, id_of(organisation), acting.clock, acting.by_id, reason, takes)


def _note(
    session: Session,
    organisation: Organisation,
    event: OfficeEvent,
    details: Sequence[Mapping[str, str]],
    acting: Acting,
    reason: str = "",
) -> None:
    """Record changes of a kind to a body's meetings in the journal."""
    refuse_personal_numbers(reason=reason)
    session.flush()
    about = {"body": organisation.key, "reason": reason}
    noted = [Event(event, person_id=acting.by_id, detail={**about, **detail}) for detail in details]
    write_journal(session.connection(), acting.today, acting.now, noted)


def _organisation(session: Session, body: str) -> Organisation:
    organisation = session.exec(select(Organisation).where(Organisation.key == body)).first()
    if organisation is None:
        raise BadInput(Refusal.NO_SUCH_BODY(body=body))
    return organisation


def _find(session: Session, organisation: Organisation, held_on: date) -> Meeting | None:
    return session.exec(
        select(Meeting).where(Meeting.organisation_id == organisation.id, Meeting.held_on == held_on)
    ).first()


def _free(session: Session, organisation: Organisation, day: date) -> None:
    """Make room for a meeting on the day: a cancelled one is deleted; Refused if one is held."""
    meeting = _find(session, organisation, day)
    if meeting is not None and not meeting.cancelled:
        raise Refused(Refusal.MEETS_ALREADY(body=organisation.key, day=day))
    if meeting is not None:
        session.delete(meeting)
        session.flush()


def _known(session: Session, organisation: Organisation, held_on: date) -> Meeting:
    meeting = _find(session, organisation, held_on)
    if meeting is None or meeting.cancelled:
        held = (row.held_on for _, row in list_meetings(session, organisation.key) if not row.cancelled)
        there = ", ".join(day.isoformat() for day in held) or Reading.NONE()
        raise UnknownMeeting(Refusal.NO_SUCH_MEETING(body=organisation.key, day=held_on, there=there))
    return meeting
