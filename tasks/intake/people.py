"""Import organisations, and people with their managers, deputies and absences."""

from __future__ import annotations

from collections.abc import Mapping

from sqlmodel import Session, col, select

from models.errors import ImportInvalid
from models.intake.file import ImportFile
from models.intake.people import OrganisationEntry, PersonEntry
from models.rules.notices.recipients import find_manager_cycle
from models.tables.person import Absence, Organisation, OrganisationName, Person
from models.vocabulary import Access
from tasks.commands.accounts import change_account
from tasks.intake.messages import Imported
from tasks.intake.report import ImportDay, ImportReport
from tasks.store.queries import set_values


def import_organisation(
    session: Session, entry: OrganisationEntry, report: ImportReport, day: ImportDay
) -> str:
    row = session.exec(select(Organisation).where(Organisation.key == entry.key)).first()
    outcome = "unchanged"
    if row is None:
        row, outcome = Organisation(key=entry.key), "new"
        session.add(row)
        session.flush()
    said = entry.model_fields_set - {"key", "names"}
    if outcome == "unchanged" and "account" in said and row.account != entry.account:
        report.accounts[entry.key] = row.account, entry.account
        report.confirmed_again += change_account(session, row, entry.account, day.today, day.now)
    if set_values(row, {name: getattr(entry, name) for name in said}) and outcome == "unchanged":
        outcome = "changed"
    names = session.exec(select(OrganisationName).where(OrganisationName.organisation_id == row.id))
    known = {name.valid_from_on: name for name in names}
    for name in entry.names:
        found = known.get(name.valid_from)
        if found is None:
            session.add(
                OrganisationName(organisation_id=row.id or 0, name=name.name, valid_from_on=name.valid_from)
            )
        elif found.name != name.name:
            found.name = name.name
        else:
            continue
        outcome = "new" if outcome == "new" else "changed"
    session.flush()
    return outcome


def import_people(session: Session, content: ImportFile, report: ImportReport, day: ImportDay) -> None:
    outcomes: dict[str, str] = {}
    for entry in content.people:
        row = session.exec(select(Person).where(Person.email == entry.email)).first()
        if row is None:
            if entry.name is None:
                raise ImportInvalid(Imported.IN_NO_PEOPLE(name=entry.email), "people", entry.email)
            session.add(Person(email=entry.email, name=entry.name, language=entry.language or day.language))
            outcomes[entry.email] = "new"
    session.flush()
    ids = {email: person_id for person_id, email in session.exec(select(Person.id, Person.email))}
    for entry in content.people:
        row = session.exec(select(Person).where(Person.email == entry.email)).one()
        changed = set_values(row, _person_values(entry, ids, row))
        changed |= _import_absences(session, row, entry, day)
        report.count("person", outcomes.get(entry.email) or ("changed" if changed else "unchanged"))
    session.flush()
    managers = session.exec(select(Person.id, Person.manager_id).order_by(col(Person.email))).all()
    cycle = find_manager_cycle(dict(managers))  # type: ignore[arg-type]
    if cycle:
        emails = dict(session.exec(select(Person.id, Person.email)).all())
        ring = " -> ".join(str(emails[one]) for one in (*cycle, cycle[0]))
        last = next(one.email for one in reversed(content.people) if one.email in ring.split(" -> "))
        said = Imported.MANAGER_RING(ring=ring)
        raise ImportInvalid(said, "people", last, "manager")


def _person_values(entry: PersonEntry, ids: Mapping[str, int | None], row: Person) -> dict[str, object]:
    """Return the columns that the entry mentions: a table without managers takes nobody's manager away."""
    for word, email in ((Imported.MANAGER(), entry.manager), (Imported.DEPUTY(), entry.deputy)):
        if email is not None and email not in ids:
            raise ImportInvalid(
                Imported.PERSONS_ROLE_UNKNOWN(person=entry.email, role=word, email=email),
                *("people", entry.email, str(word)),
            )
        if email == entry.email:
            raise ImportInvalid(
                Imported.PERSONS_OWN_ROLE(person=entry.email, role=word),
                *("people", entry.email, str(word)),
            )
    values = {
        "name": ("name", entry.name),
        "title": ("title", entry.title),
        "phone": ("phone", entry.phone),
        "department": ("department", entry.department),
        "language": ("language", entry.language or row.language),
        "admin": ("is_admin", entry.admin),
        "access": ("access", Access(entry.access)),
        "manager": ("manager_id", ids[entry.manager] if entry.manager else None),
        "deputy": ("deputy_id", ids[entry.deputy] if entry.deputy else None),
        "departed_on": ("departed_on", entry.departed_on),
        "bounced": ("bounced_at", None if entry.bounced is False else row.bounced_at),
    }
    return dict(column for name, column in values.items() if name in entry.model_fields_set)


def _import_absences(session: Session, person: Person, entry: PersonEntry, day: ImportDay) -> bool:
    """Make the person's absences those of the entry, if it mentions any; what is over stays.

    The office's directory says of all that came from it, and of nothing else, whether it still holds.
    """
    if "absences" not in entry.model_fields_set and not day.from_directory:
        return False
    rows = session.exec(select(Absence).where(Absence.person_id == person.id))
    known = {row.from_on: row for row in rows}
    kept = {absence.first for absence in entry.absences}
    changed = False
    for row in known.values():
        holds = row.from_on in kept or row.to_on < day.today
        if not holds and (row.from_directory or not day.from_directory):
            session.delete(row)
            changed = True
    for absence in entry.absences:
        found = known.get(absence.first)
        if found is None:
            added = Absence(person_id=person.id or 0, from_on=absence.first, to_on=absence.last)
            added.from_directory = day.from_directory
            session.add(added)
            changed = True
        else:
            changed |= set_values(found, {"to_on": absence.last})
    return changed
