"""Write when somebody is away, as what an import file's person says of it."""

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


def set_absence(session: Session, said: SetAbsence, acting: Acting) -> Meanwhile:
    """Write when the person is away; return who gets their letters meanwhile.

    Raises UnknownPerson, Refused for an absence without a day, and BadInput for days that cannot be.
    """
    first = said.first or said.last
    last = said.last or said.first
    if first is None or last is None:
        raise Refused(Refusal.AWAY_WHEN(), reason="no_day")
    row = find_person(session, said.person_id)
    known = _absences(session, said.person_id, acting.today)
    days = [(absence.from_on, absence.to_on) for absence in known if absence.id != said.absence]
    put: dict[str, object] = {"deputy": said.deputy} if said.deputy is not None else {}
    _put_absences(session, row, [*days, (first, last)], acting, **put)
    return foresee_absence(session.connection(), said.person_id, first, last, acting.today)


def remove_absence(session: Session, said: RemoveAbsence, acting: Acting) -> None:
    """Take the absence away that begins on the day; BadInput where none does."""
    row = find_person(session, said.person_id)
    known = _absences(session, said.person_id, acting.today)
    left = [(one.from_on, one.to_on) for one in known if one.from_on != said.begins_on]
    if len(left) == len(known):
        raise BadInput(Refusal.NO_ABSENCE(day=said.begins_on))
    _put_absences(session, row, left, acting)


def _absences(session: Session, person_id: int, today: date) -> Sequence[Absence]:
    """Return the person's absences that are not over."""
    return session.exec(select(Absence).where(Absence.person_id == person_id, Absence.to_on >= today)).all()


def _put_absences(
    session: Session, row: Person, days: Sequence[tuple[date, date]], acting: Acting, **put: object
) -> None:
    absences = [{"first": first, "last": last} for first, last in days]
    put_person(session, PutPerson(row.email, {"absences": absences, **put}, row.id), acting)
