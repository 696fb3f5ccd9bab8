"""Hand over what a person holds, erase the name of somebody who left, and settle absences."""

import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection, delete, or_, update
from sqlmodel import Session, col, select

from models.commands.people import Depart, Forget, HandOver, SettleAbsence
from models.errors import BadInput, NotAllowed, Refused, UnknownPerson
from models.events import GrantEvent, OfficeEvent
from models.reading.address import as_compared
from models.rules.dates.calendar import offices_in
from models.rules.duties import has_left
from models.rules.steps.order import has_come
from models.rules.watch.tampering import find_changed_rows, read_held_roles, read_held_rows
from models.tables.columns import id_of, table_of
from models.tables.grant import Grant, GrantRole
from models.tables.letter import MailReply
from models.tables.person import Absence, Person
from models.tables.step import Draft as FormDraft
from models.tables.step import Step
from models.vocabulary import Access, NoticeKind, Role, SaidBy
from tasks.commands.actor import Acting
from tasks.commands.at_work.lookup import find_person
from tasks.commands.command_faults import Forgetting, Refusal
from tasks.people.drafts import pass_drafts
from tasks.people.holdings import holds_any, roles_of, steps_of
from tasks.people.notices import notice_about, queue_in_turn, revoke_notices
from tasks.people.rights import rights_moved, rights_of
from tasks.people.visibility import team_of
from tasks.store.database import AnyRow
from tasks.store.journal import Event, write_journal
from tasks.store.queries import is_away, is_here

_PERSON = table_of(Person)
# A grant is in the unit of its coordinator.
_UNITS = select(_PERSON.c.id, _PERSON.c.department)
_GRANT = table_of(Grant)
_ROLE = table_of(GrantRole)
_STEP = table_of(Step)


class NothingToPassOn(BadInput):
    """There is nothing to pass on."""


@dataclass(frozen=True, slots=True)
class PassedOn:
    """How many grants and steps have another holder now, and who that is.

    `moved` grants are another unit's now, that of their new coordinator.
    """

    grants: int
    steps: int
    to_name: str
    moved: int = 0
    from_unit: str = ""
    to_unit: str = ""


def hand_over(session: Session, command: HandOver, acting: Acting) -> PassedOn:
    """Pass what a person holds to another. Both are told, each in one letter, unless it is who does it.

    Raises UnknownPerson for an unknown address, NothingToPassOn if they hold nothing.
    """
    connection = session.connection()
    from_id = command.from_id
    to_id, to_name = _receiver(connection, command.to_email, acting.today)
    grants = _lock_grants(connection, from_id, command.grant)
    roles = connection.execute(roles_of(from_id).where(_ROLE.c.grant_id.in_(grants))).all()
    steps = connection.execute(steps_of(from_id).where(_STEP.c.grant_id.in_(grants))).all()
    if not roles and not steps:
        raise NothingToPassOn
    connection.execute(update(_ROLE).where(_ROLE.c.id.in_([row.id for row in roles])).values(person_id=to_id))
    ids = [row.id for row in steps]
    moved = {"owner_id": to_id, "owner_since_on": acting.today, "version": _STEP.c.version + 1}
    connection.execute(update(_STEP).where(_STEP.c.id.in_(ids)).values(moved))
    revoke_notices(connection, from_id, ids, acting.now)
    pass_drafts(connection, from_id, ids, to_id)
    detail: dict[str, object] = {"from": from_id, "by": acting.by_id}
    events = [
        Event(
            GrantEvent.ROLE_HANDED_OVER,
            row.grant_id,
            person_id=to_id,
            detail={**detail, "role": str(row.role)},
            rows=read_held_roles(row.grant_id, {row.role: to_id}),
        )
        for row in roles
    ]
    events += [Event(GrantEvent.STEP_HANDED_OVER, row.grant_id, row.id, to_id, detail) for row in steps]
    hear = [to_id]
    is_theirs = select(_PERSON.c.id).where(_PERSON.c.id == from_id, is_here(acting.today))
    if from_id != acting.by_id and connection.execute(is_theirs).first() is not None:
        hear.append(from_id)
    events += _tell(connection, steps, hear, detail=detail, acting=acting, country=command.country)
    write_journal(connection, acting.today, acting.now, events)
    found = PassedOn(len({row.grant_id for row in (*roles, *steps)}), len(steps), to_name)
    coordinated = sum(row.role == Role.COORDINATOR for row in roles)
    units: dict[int, str] = dict(connection.execute(_UNITS.where(_PERSON.c.id.in_((from_id, to_id)))).all())
    if not coordinated or units[from_id] == units[to_id]:
        return found
    return replace(found, moved=coordinated, from_unit=units[from_id], to_unit=units[to_id])


def depart(session: Session, command: Depart, acting: Acting) -> PassedOn:
    """Note that a person leaves; their roles and steps go to another, who then leads their people.

    Raises UnknownPerson, and Refused for somebody who holds something without a successor.
    """
    row = _person(session, command.person_id)
    connection = session.connection()
    passed = PassedOn(0, 0, "")
    before = read_held_rows(Person, [row])
    if command.to_id is not None:
        successor = _person(session, command.to_id)
        row.departed_on = command.on  # who has left hears of nothing
        session.flush()
        passed = PassedOn(0, 0, successor.name)
        with suppress(NothingToPassOn):
            passed = hand_over(session, HandOver(command.person_id, successor.email, command.country), acting)
        _lead_on(session, row, successor)
    elif holds_any(connection, id_of(row)):
        raise Refused(Forgetting.HOLDS(person=row.name), reason="holds")
    row.departed_on = command.on
    session.flush()
    detail = {"by": acting.by_id, "on": command.on.isoformat(), "to": command.to_id}
    rows = find_changed_rows(before, read_held_rows(Person, [row]))
    left = Event(OfficeEvent.PERSON_DEPARTED, person_id=row.id, detail=detail, rows=rows)
    write_journal(connection, acting.today, acting.now, [left])
    return passed


def _person(session: Session, person_id: int) -> Person:
    row = session.get(Person, person_id)
    if row is None:
        raise UnknownPerson(Refusal.NO_PERSON_HERE(person=person_id))
    return row


def _lead_on(session: Session, row: Person, successor: Person) -> None:
    """Put the successor in the person's place as manager, and as deputy of those the person stood in for."""
    above = set[int | None]()
    above_them = successor
    while above_them.manager_id is not None and above_them.manager_id not in above:
        above.add(above_them.manager_id)
        above_them = _person(session, above_them.manager_id)
    for other in session.exec(select(Person).where(Person.manager_id == row.id)).all():
        # The successor, and everyone above them, come under the person's manager.
        other.manager_id = row.manager_id if other.id in above or other.id == successor.id else successor.id
    for other in session.exec(select(Person).where(Person.deputy_id == row.id)).all():
        other.deputy_id = successor.id if other.id != successor.id else None


def forget(session: Session, command: Forget, acting: Acting) -> str:
    """Erase a person's name, address and telephone number from their row; return what is shown instead.

    That is their title, or "Person", with their number: the journal knows them by it, and its chain
    still holds. Raises UnknownPerson, and Refused for somebody who is still here or holds something
    in an open grant.
    """
    row = find_person(session, command.email)
    connection = session.connection()
    if not has_left(row.departed_on, acting.today):
        raise Refused(Forgetting.STILL_HERE(person=row.email))
    if holds_any(connection, id_of(row)):
        raise Refused(Forgetting.HOLDS(person=row.email))
    had = rights_of(row)
    row.name = f"{row.title or 'Person'} {row.id}"
    row.email = f"{row.id}@person.invalid"
    row.title = row.phone = ""
    row.is_admin = False
    row.access = Access.OWN
    row.salt = secrets.token_hex(16)
    for model in (Absence, FormDraft):
        connection.execute(delete(table_of(model)).where(table_of(model).c.person_id == row.id))
    session.flush()
    moved = rights_moved(had, rights_of(row), SaidBy.FORGOTTEN)
    gone = Event(
        OfficeEvent.PERSON_FORGOTTEN, person_id=row.id, detail=moved, rows=read_held_rows(Person, [row])
    )
    write_journal(connection, acting.today, acting.now, [gone])
    return row.name


def _receiver(connection: Connection, email: str, today: date) -> tuple[int, str]:
    query = select(_PERSON.c.id, _PERSON.c.name).where(_PERSON.c.email == as_compared(email), is_here(today))
    receiver = connection.execute(query).first()
    if receiver is None:
        raise UnknownPerson(Refusal.NO_PERSON_HERE(person=email))
    return receiver.id, receiver.name


def _lock_grants(connection: Connection, from_id: int, reference: str | None) -> list[int]:
    """Lock the open grants in which the person holds something, in everybody's order."""
    roles = roles_of(from_id).with_only_columns(_ROLE.c.grant_id)
    steps = steps_of(from_id).order_by(None)
    mine = or_(_GRANT.c.id.in_(roles), _GRANT.c.id.in_(steps.with_only_columns(_STEP.c.grant_id)))
    query = select(_GRANT.c.id).where(mine)
    if reference is not None:
        query = query.where(_GRANT.c.reference == reference)
    locked = query.order_by(_GRANT.c.id).with_for_update(key_share=True)
    return list(connection.execute(locked).scalars())


def _tell(
    connection: Connection,
    steps: Sequence[AnyRow],
    hear: Sequence[int],
    detail: dict[str, object],
    acting: Acting,
    country: str,
) -> list[Event]:
    """Tell people who holds now the steps that have a date and whose time has come.

    They are in today's letter, or the next day's if that has left.
    """
    notices = [
        notice_about(
            step,
            step.due_on,
            NoticeKind.HANDED_OVER,
            f"handed-over-{step.version + 1}",
            person_id,
            changes=1,
            detail=detail,
        )
        for person_id in hear
        for step in steps
        if step.due_on is not None and has_come(step.phase, step.kind, step.awarded_on)
    ]
    return queue_in_turn(connection, notices, offices_in(country), acting.today, acting.now)


class AbsenceSettled(BadInput):
    """That absence is settled already, or over."""


def settle_absence(session: Session, command: SettleAbsence, acting: Acting) -> None:
    """Confirm the absence, or reject it.

    Raises AbsenceSettled if nothing is left to settle, NotAllowed for somebody who is neither an
    administrator nor above the person.
    """
    today = acting.today
    by = acting.person
    waiting = (MailReply.id == command.reply_id, col(MailReply.settled_on).is_(None))
    reply = session.exec(select(MailReply).where(*waiting).with_for_update()).first()
    if reply is None or reply.away_until_on is None or reply.away_until_on < today:
        raise AbsenceSettled
    if by is not None and not by.is_admin:
        team = session.exec(select(team_of(id_of(by)).c.id)).all()
        if by.id == reply.person_id or reply.person_id not in team:
            raise NotAllowed(Refusal.NOT_THEIR_ABSENCE())
    if command.is_right:
        absences = session.exec(
            select(Absence).where(Absence.person_id == reply.person_id, is_away(today))
        ).all()
        for absence in absences or [Absence(person_id=reply.person_id, from_on=today, to_on=today)]:
            absence.to_on = reply.away_until_on
            session.add(absence)
    reply.settled_on = today
    reply.settled_by_id = acting.by_id
    session.flush()
    name = OfficeEvent.ABSENCE_CONFIRMED if command.is_right else OfficeEvent.ABSENCE_DENIED
    detail = {"by": acting.by_id, "reply": command.reply_id, "to": reply.away_until_on.isoformat()}
    settled = Event(name, person_id=reply.person_id, detail=detail)
    write_journal(session.connection(), today, acting.now, [settled])
