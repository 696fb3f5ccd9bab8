"""Write when somebody is away, from an import file or a form."""

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session, select

from models.commands.people import PutPerson, RemoveAbsence, SetAbsence
from models.errors import BadInput, Refused
from models.tables.person import Absence, Person
from tasks.commands.actor import Acting
from tasks.commands.at_work.lookup import find_person
from tasks.commands.command_faults import Refusal
from tasks.intake.acts import put_person
from tasks.step_facts.meanwhile import Meanwhile, foresee_absence


def set_absence(session: Session, command: SetAbsence, acting: Acting) -> Meanwhile:
    """Write when the person is away; return who gets their letters meanwhile.

    Raises UnknownPerson, Refused for an absence without a day, and BadInput for impossible days.
    """
    first = command.first or command.last
    last = command.last or command.first
    if first is None or last is None:
        raise Refused(Refusal.AWAY_WHEN(), reason="no_day")
    row = find_person(session, command.person_id)
    absences = _absences(session, command.person_id, acting.today)
    days = [(absence.from_on, absence.to_on) for absence in absences if absence.id != command.absence]
    put: dict[str, object] = {"deputy": command.deputy} if command.deputy is not None else {}
    _put_absences(session, row, [*days, (first, last)], acting, **put)
    return foresee_absence(session.connection(), command.person_id, first, last, acting.today)


def remove_absence(session: Session, command: RemoveAbsence, acting: Acting) -> None:
    """Remove the absence that begins on the day; BadInput if none does."""
    row = find_person(session, command.person_id)
    absences = _absences(session, command.person_id, acting.today)
    left = [(one.from_on, one.to_on) for one in absences if one.from_on != command.begins_on]
    if len(left) == len(absences):
        raise BadInput(Refusal.NO_ABSENCE(day=command.begins_on))
    _put_absences(session, row, left, acting)


def _absences(session: Session, person_id: int, today: date) -> Sequence[Absence]:
    """Return the person's absences that are not over."""
    return session.exec(select(Absence).where(Absence.person_id == person_id, Absence.to_on >= today)).all()


def _put_absences(
    session: Session, row: Person, days: Sequence[tuple[date, date]], acting: Acting, **put: object
) -> None:
    absences = [{"first": first, "last": last} for first, last in days]
    put_person(session, PutPerson(row.email, {"absences": absences, **put}, row.id), acting)
