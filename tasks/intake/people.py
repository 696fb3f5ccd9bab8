"""Import organisations, people with their managers, deputies and absences, and meetings."""

from collections.abc import Collection, Mapping
from datetime import date

from sqlmodel import Session, select

from models.errors import ImportInvalid, LastAdministrator
from models.intake.file import ImportFile, MeetingEntry, OrganisationEntry, PersonEntry
from models.rules.duties import has_left
from models.rules.notices.recipients import find_manager_cycle
from models.tables.columns import id_of
from models.tables.person import Absence, Organisation, OrganisationName, Person
from models.tables.step import Meeting
from models.vocabulary import Access
from tasks.commands.changed_account import change_account
from tasks.commands.meetings import move_row
from tasks.intake.import_faults import Imported
from tasks.intake.likely_twins import Account, find_twins
from tasks.intake.report import ImportDay, ImportReport
from tasks.people.rights import rights_moved, rights_of
from tasks.store.queries import set_values


def import_organisation(
    session: Session, entry: OrganisationEntry, report: ImportReport, day: ImportDay
) -> str:
    row = session.exec(select(Organisation).where(Organisation.key == entry.key)).first()
    outcome = "unchanged"
    if row is None:
        row = Organisation(key=entry.key)
        outcome = "new"
        session.add(row)
        session.flush()
    named = entry.model_fields_set - {"key", "names"}
    if outcome == "unchanged" and "account" in named and row.account != entry.account:
        report.accounts[entry.key] = row.account, entry.account
        change_account(session, row, entry.account, day.today, day.now)
    if set_values(row, {name: getattr(entry, name) for name in named}) and outcome == "unchanged":
        outcome = "changed"
    names = session.exec(select(OrganisationName).where(OrganisationName.organisation_id == row.id))
    by_day = {name.valid_from_on: name for name in names}
    for name in entry.names:
        name_row = by_day.get(name.valid_from)
        if name_row is None:
            session.add(
                OrganisationName(organisation_id=id_of(row), name=name.name, valid_from_on=name.valid_from)
            )
        elif name_row.name != name.name:
            name_row.name = name.name
        else:
            continue
        outcome = "new" if outcome == "new" else "changed"
    session.flush()
    return outcome


def import_people(
    session: Session, content: ImportFile, report: ImportReport, day: ImportDay
) -> dict[int, dict[str, object]]:
    """Write the people's rows; return the journal's words for changed rights, by the person's id.

    Raises ImportInvalid for a person who cannot be as the content describes.
    """
    rows = {row.email: row for row in session.exec(select(Person))}
    admins = {row.email for row in rows.values() if _is_admin_here(row, day.today)}
    new = {entry.email: entry for entry in content.people if entry.email not in rows}
    for entry in new.values():
        if entry.name is None:
            raise ImportInvalid(Imported.IN_NO_PEOPLE(name=entry.email), "people", entry.email)
        row = Person(email=entry.email, name=entry.name, language=entry.language or day.language)
        session.add(row)
        rows[entry.email] = row
    session.flush()
    ids = {email: row.id for email, row in rows.items()}
    moved: dict[int, dict[str, object]] = {}
    for entry in content.people:
        row = rows[entry.email]
        had = rights_of(row)
        changed = set_values(row, _person_values(entry, ids, row))
        changed |= _import_absences(session, row, entry, day)
        if words := rights_moved(had, rights_of(row), day.said_by):
            moved[id_of(row)] = words
        outcome = "changed" if changed else "unchanged"
        if entry.email in new:
            outcome = "new"
        report.count("person", outcome)
        if day.from_directory:
            report.people.setdefault(outcome, []).append(row.name)
    session.flush()
    report.twins += _twins_of(rows, new, day.today)
    taken = [
        entry.email for entry in content.people if entry.email in admins and not rows[entry.email].is_admin
    ]
    # Somebody must be left who can give the right again.
    if taken and not any(_is_admin_here(row, day.today) for row in rows.values()):
        raise LastAdministrator(Imported.LAST_ADMIN(person=taken[-1]), "people", taken[-1], "admin")
    _refuse_manager_ring(rows, content)
    return moved


def _refuse_manager_ring(rows: Mapping[str, Person], content: ImportFile) -> None:
    """Raise ImportInvalid, at the content's last person in it, if people are each other's managers."""
    if cycle := find_manager_cycle({id_of(row): row.manager_id for _, row in sorted(rows.items())}):
        emails = {row.id: email for email, row in rows.items()}
        ring = " -> ".join(emails[person_id] for person_id in (*cycle, cycle[0]))
        last = next(person.email for person in reversed(content.people) if person.email in ring.split(" -> "))
        raise ImportInvalid(Imported.MANAGER_RING(ring=ring), "people", last, "manager")


def _twins_of(rows: Mapping[str, Person], new: Collection[str], today: date) -> list[tuple[Account, Account]]:
    """Return the new accounts that look like the same person's as another active one."""
    accounts = {
        email: Account(row.name, email) for email, row in rows.items() if not has_left(row.departed_on, today)
    }
    return list(find_twins((accounts[email] for email in new if email in accounts), list(accounts.values())))


def _is_admin_here(row: Person, today: date) -> bool:
    return row.is_admin and not has_left(row.departed_on, today)


def _person_values(entry: PersonEntry, ids: Mapping[str, int | None], row: Person) -> dict[str, object]:
    """Return the columns that the entry mentions: a table without managers removes nobody's manager."""
    for role, email in (("manager", entry.manager), ("deputy", entry.deputy)):
        if email is not None and (email not in ids or email == entry.email):
            message = Imported.PERSONS_OWN_ROLE if email in ids else Imported.PERSONS_ROLE_UNKNOWN
            fault = message(person=entry.email, role=role, email=email)
            raise ImportInvalid(fault, "people", entry.email, role)
    values = entry.model_dump(
        exclude={"email", "admin", "access", "manager", "deputy", "bounced", "absences"}
    )
    values |= {
        "language": entry.language or row.language,
        "admin": entry.admin,
        "access": Access(entry.access),
        "manager": ids[entry.manager] if entry.manager else None,
        "deputy": ids[entry.deputy] if entry.deputy else None,
        "bounced": None if entry.bounced is False else row.bounced_at,
    }
    columns = {"admin": "is_admin", "manager": "manager_id", "deputy": "deputy_id", "bounced": "bounced_at"}
    return {
        columns.get(name, name): value for name, value in values.items() if name in entry.model_fields_set
    }


def _import_absences(session: Session, person: Person, entry: PersonEntry, day: ImportDay) -> bool:
    """Make the person's absences those of the entry, if it mentions any; past ones stay.

    The office's directory decides about everything that came from it, and about nothing else.
    """
    if "absences" not in entry.model_fields_set and not day.from_directory:
        return False
    rows = session.exec(select(Absence).where(Absence.person_id == person.id))
    by_first_day = {row.from_on: row for row in rows}
    kept = {absence.first for absence in entry.absences}
    changed = False
    for row in by_first_day.values():
        holds = row.from_on in kept or row.to_on < day.today
        if not holds and (row.from_directory or not day.from_directory):
            session.delete(row)
            changed = True
    for absence in entry.absences:
        absence_row = by_first_day.get(absence.first)
        if absence_row is None:
            added = Absence(person_id=id_of(person), from_on=absence.first, to_on=absence.last)
            added.from_directory = day.from_directory
            session.add(added)
            changed = True
        else:
            changed |= set_values(absence_row, {"to_on": absence.last})
    return changed


def import_meetings(session: Session, content: ImportFile, report: ImportReport) -> list[int]:
    """Import the meetings; return the organisations whose meetings changed."""
    touched: dict[int, None] = {}
    for entry in content.meetings:
        body = session.exec(select(Organisation).where(Organisation.key == entry.body)).first()
        if body is None:
            raise ImportInvalid(Imported.BODY_UNKNOWN(day=entry.held_on, body=entry.body))
        outcome = _import_meeting(session, entry, id_of(body))
        report.count("meeting", outcome)
        if outcome != "unchanged":
            touched[id_of(body)] = None
    return list(touched)


def _import_meeting(session: Session, entry: MeetingEntry, body_id: int) -> str:
    """Add or update the meeting; one that is moved is found by its earlier day."""
    row = _meeting_on(session, body_id, entry.held_on)
    outcome = "unchanged"
    if row is None and entry.moved_from is not None:
        row = _meeting_on(session, body_id, entry.moved_from)
        if row is not None:
            move_row(row, entry.held_on)
            outcome = "changed"
    if row is None:
        row = Meeting(organisation_id=body_id, held_on=entry.held_on)
        outcome = "new"
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
