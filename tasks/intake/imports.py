"""Import people, organisations, meetings, grants and budgets: all of a file or nothing, and twice is once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, col, select

from models.commands.clock import Clock
from models.errors import ImportInvalid
from models.intake.file import ImportFile
from models.intake.people import MeetingEntry, OrganisationEntry, PersonEntry
from models.rules.notices.recipients import find_manager_cycle
from models.rules.watch.rows import Rows, changed_rows, held_rows
from models.sentence import Sentence
from models.tables.person import Absence, Organisation, OrganisationName, Person
from models.tables.step import Meeting
from models.vocabulary import Access
from tasks.commands.accounts import change_account
from tasks.commands.meetings import move_row, replan_before
from tasks.commands.replan.what_if import Consequences
from tasks.commands.sums.budgets import import_budgets
from tasks.intake.grants import Entry, open_or_update_grants
from tasks.intake.report import ImportReport
from tasks.programmes.registry import Shelf
from tasks.store.database import unit_of_work
from tasks.store.journal import Happened, write_journal


@dataclass(frozen=True, slots=True)
class ImportDay:
    """The day and the moment of an import, and the language of people who have none of their own.

    `figures` is the folder in which the report looks for the files that grants name; None where nothing is said of it.
    `progress` is called with 1 for each grant that is brought in.
    """

    today: date
    now: datetime
    language: str = "sv"
    figures: Path | None = None
    progress: Callable[[int], object] | None = None


def import_files(
    engine: Engine, files: Mapping[str, ImportFile], shelf: Shelf, day: ImportDay
) -> dict[str, ImportReport]:
    """Import the files' contents, by name and in order, in one transaction; return a report a file.

    Raises ImportInvalid, which begins with the file's name, and nothing is written, when a row of any is wrong.
    """
    reports = {}
    with unit_of_work(engine, many=True) as session:
        for name, content in files.items():
            try:
                reports[name] = import_content(session, content, shelf, day)
            except ImportInvalid as error:
                raise ImportInvalid(Sentence("%(place)s: %(why)s", place=name, why=error)) from error
    return reports


def import_file(
    engine: Engine,
    content: ImportFile,
    shelf: Shelf,
    *,
    today: date,
    now: datetime,
    language: str = "sv",
) -> ImportReport:
    """Import the file's content in one transaction; ImportInvalid, and nothing written, when a row is wrong."""
    with unit_of_work(engine, many=True) as session:
        return import_content(session, content, shelf, ImportDay(today, now, language))


def import_content(session: Session, content: ImportFile, shelf: Shelf, day: ImportDay) -> ImportReport:
    """Import the content in the caller's transaction; ImportInvalid when a row is wrong."""
    report, moved = ImportReport(), []
    check_repeats(content)
    before = _directory(session, content)
    for organisation in content.organisations:
        report.count("organisation", _import_organisation(session, organisation, report, day))
    _import_people(session, content, report, day)
    if changed := changed_rows(before, _directory(session, content)):
        noted = [Happened("directory_changed", rows=changed)]
        write_journal(session.connection(), day.today, day.now, noted)
    bodies = _import_meetings(session, content, report)
    for entry in content.grants:
        if day.figures and entry.figures_file:
            report.look_for(day.figures / entry.figures_file, entry.reference)
    entries = [Entry(entry, shelf.get(entry.programme)) for entry in content.grants]
    for grant in open_or_update_grants(session, entries, day.today, day.now):
        report.count("grant", grant.outcome)
        if day.progress:
            day.progress(1)
        for outcome, count in grant.decisions.items():
            report.count("decision", outcome, count)
        report.grants[grant.outcome].append(grant.reference)
        moved.append(grant.moved)
        for name in grant.missing_dates:
            report.undated.setdefault(name, []).append(grant.reference)
        if grant.confirmed_anew:
            report.confirmed_anew.append(grant.reference)
        if grant.late:
            report.late[grant.reference] = grant.late
        if grant.early_steps:
            report.early[grant.reference] = list(grant.early_steps)
    for outcome, count in import_budgets(session, content.budgets, day.today, day.now).items():
        report.count("budget", outcome, count)
    for body_id in bodies:
        moved.append(replan_before(session, body_id, Clock(day.today, day.now)))
    report.moved = Consequences.joined(moved)
    return report


def _directory(session: Session, content: ImportFile) -> Rows:
    """Return what the rows of the file's people and organisations hold that the journal says too."""
    emails, keys = {one.email for one in content.people}, {one.key for one in content.organisations}
    people = session.exec(select(Person)) if emails else ()
    bodies = session.exec(select(Organisation)) if keys else ()
    mine = (one for one in people if one.email in emails)
    theirs = (one for one in bodies if one.key in keys)
    return held_rows(Person, mine) | held_rows(Organisation, theirs)


def check_repeats(content: ImportFile) -> None:
    """Raise ImportInvalid when something stands twice in a file."""
    for kind, keys in (
        (Sentence("organisation"), [entry.key for entry in content.organisations]),
        (Sentence("person"), [entry.email for entry in content.people]),
        (Sentence("grant"), [entry.reference for entry in content.grants]),
    ):
        for key, count in Counter(keys).items():
            if count > 1:
                raise ImportInvalid(
                    Sentence(
                        "the %(kind)s '%(key)s' stands %(count)s times in the file",
                        kind=kind,
                        key=key,
                        count=count,
                    ),
                    *(f"{kind}s" if str(kind) != "person" else "people", key),
                )


def _import_organisation(
    session: Session, entry: OrganisationEntry, report: ImportReport, day: ImportDay
) -> str:
    row = session.exec(select(Organisation).where(Organisation.key == entry.key)).first()
    outcome = "unchanged"
    if row is None:
        row, outcome = Organisation(key=entry.key), "new"
        session.add(row)
        session.flush()
    said = entry.model_fields_set & {"registration_number", "account"}
    if outcome == "unchanged" and "account" in said and row.account != entry.account:
        report.accounts[entry.key] = row.account, entry.account
        report.confirmed_anew += change_account(session, row, entry.account, day.today, day.now)
    if _set(row, {name: getattr(entry, name) for name in said}) and outcome == "unchanged":
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


def _import_people(session: Session, content: ImportFile, report: ImportReport, day: ImportDay) -> None:
    outcomes: dict[str, str] = {}
    for entry in content.people:
        row = session.exec(select(Person).where(Person.email == entry.email)).first()
        if row is None:
            session.add(Person(email=entry.email, name=entry.name, language=entry.language or day.language))
            outcomes[entry.email] = "new"
    session.flush()
    ids = {email: person_id for person_id, email in session.exec(select(Person.id, Person.email))}
    for entry in content.people:
        row = session.exec(select(Person).where(Person.email == entry.email)).one()
        changed = _set(row, _person_values(entry, ids, row))
        changed |= _import_absences(session, row, entry, day.today)
        report.count("person", outcomes.get(entry.email) or ("changed" if changed else "unchanged"))
    session.flush()
    managers = session.exec(select(Person.id, Person.manager_id).order_by(col(Person.email))).all()
    cycle = find_manager_cycle(dict(managers))  # type: ignore[arg-type]
    if cycle:
        emails = dict(session.exec(select(Person.id, Person.email)).all())
        ring = " -> ".join(str(emails[one]) for one in (*cycle, cycle[0]))
        last = next(one.email for one in reversed(content.people) if one.email in ring.split(" -> "))
        said = Sentence("people manage each other in a ring: %(ring)s", ring=ring)
        raise ImportInvalid(said, "people", last, "manager")


def _person_values(entry: PersonEntry, ids: Mapping[str, int | None], row: Person) -> dict[str, object]:
    """Return the columns that the entry mentions: a table without managers takes nobody's manager away."""
    for word, email in ((Sentence("manager"), entry.manager), (Sentence("deputy"), entry.deputy)):
        if email is not None and email not in ids:
            raise ImportInvalid(
                Sentence(
                    "person %(person)s: the %(role)s '%(email)s' is not known",
                    person=entry.email,
                    role=word,
                    email=email,
                ),
                *("people", entry.email, str(word)),
            )
        if email == entry.email:
            raise ImportInvalid(
                Sentence("person %(person)s is their own %(role)s", person=entry.email, role=word),
                *("people", entry.email, str(word)),
            )
    values = {
        "name": ("name", entry.name),
        "title": ("title", entry.title),
        "phone": ("phone", entry.phone),
        "language": ("language", entry.language or row.language),
        "admin": ("is_admin", entry.admin),
        "access": ("access", Access(entry.access)),
        "manager": ("manager_id", ids[entry.manager] if entry.manager else None),
        "deputy": ("deputy_id", ids[entry.deputy] if entry.deputy else None),
        "departed_on": ("departed_on", entry.departed_on),
        "bounced": ("bounced_at", None if entry.bounced is False else row.bounced_at),
    }
    return dict(column for name, column in values.items() if name in entry.model_fields_set)


def _set(row: SQLModel, values: Mapping[str, object]) -> bool:
    """Set the values that differ; return whether any did."""
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return bool(changed)


def _import_absences(session: Session, person: Person, entry: PersonEntry, today: date) -> bool:
    """Make the person's absences those of the entry, if it mentions any; what is over stays."""
    if "absences" not in entry.model_fields_set:
        return False
    rows = session.exec(select(Absence).where(Absence.person_id == person.id))
    known = {row.from_on: row for row in rows}
    kept = {absence.first for absence in entry.absences}
    changed = False
    for row in known.values():
        if row.from_on not in kept and row.to_on >= today:
            session.delete(row)
            changed = True
    for absence in entry.absences:
        found = known.get(absence.first)
        if found is None:
            session.add(Absence(person_id=person.id or 0, from_on=absence.first, to_on=absence.last))
            changed = True
        else:
            changed |= _set(found, {"to_on": absence.last})
    return changed


def _import_meetings(session: Session, content: ImportFile, report: ImportReport) -> list[int]:
    """Import the meetings; return the organisations whose meetings are others than before."""
    touched: dict[int, None] = {}
    for entry in content.meetings:
        body = session.exec(select(Organisation).where(Organisation.key == entry.body)).first()
        if body is None:
            raise ImportInvalid(
                Sentence(
                    "meeting on %(day)s: the body '%(body)s' is not known", day=entry.held_on, body=entry.body
                )
            )
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
    changed = _set(row, values)
    session.flush()
    return "changed" if changed and outcome == "unchanged" else outcome


def _meeting_on(session: Session, body_id: int, held_on: date) -> Meeting | None:
    same_day = select(Meeting).where(Meeting.organisation_id == body_id, Meeting.held_on == held_on)
    return session.exec(same_day).first()
