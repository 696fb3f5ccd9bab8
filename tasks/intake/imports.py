"""Import an office's file, its meetings here and all else by its own module: all or nothing, and twice is once."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Engine
from sqlmodel import Session, select

from models.commands.clock import Clock
from models.errors import ImportInvalid
from models.intake.file import ImportFile
from models.intake.people import MeetingEntry
from models.rules.watch.rows import Rows, changed_rows, held_rows
from models.tables.person import Organisation, Person
from models.tables.step import Meeting
from tasks.commands.meetings import move_row, replan_before
from tasks.commands.replan.what_if import Consequences
from tasks.commands.sums.budgets import import_budgets
from tasks.intake.grants import Entry, open_or_update_grants
from tasks.intake.messages import Imported
from tasks.intake.people import import_organisation, import_people
from tasks.intake.report import ImportDay, ImportReport
from tasks.programmes.registry import Programmes
from tasks.store.database import unit_of_work
from tasks.store.journal import Happened, write_journal
from tasks.store.queries import set_values


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


def import_file(
    engine: Engine,
    content: ImportFile,
    registry: Programmes,
    *,
    today: date,
    now: datetime,
    language: str = "sv",
) -> ImportReport:
    """Import the file's content in one transaction; ImportInvalid, and nothing written, when a row is wrong."""
    with unit_of_work(engine, many=True) as session:
        return import_content(session, content, registry, ImportDay(today, now, language))


def import_content(
    session: Session, content: ImportFile, registry: Programmes, day: ImportDay
) -> ImportReport:
    """Import the content in the caller's transaction; ImportInvalid when a row is wrong."""
    report = ImportReport()
    before = _directory(session, content)
    for organisation in content.organisations:
        report.count("organisation", import_organisation(session, organisation, report, day))
    import_people(session, content, report, day)
    if changed := changed_rows(before, _directory(session, content)):
        noted = [Happened("directory_changed", rows=changed)]
        write_journal(session.connection(), day.today, day.now, noted)
    bodies = import_meetings(session, content, report)
    for entry in content.grants:
        if day.figures and entry.figures_file:
            report.look_for(day.figures / entry.figures_file, entry.reference)
    entries = [Entry(one, registry.get(one.programme) if one.programme else None) for one in content.grants]
    for grant in open_or_update_grants(session, entries, day.today, day.now):
        report.add_grant(grant)
        if day.progress:
            day.progress(1)
    for outcome, count in import_budgets(session, content.budgets, day.today, day.now).items():
        report.count("budget", outcome, count)
    moved = [one.moved for one in report.grants]
    moved += (replan_before(session, body_id, Clock(day.today, day.now)) for body_id in bodies)
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
