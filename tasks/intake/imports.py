"""Import an office's files, all or nothing; the same file twice changes nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from models.commands.clock import Clock
from models.errors import ImportInvalid
from models.events import OfficeEvent
from models.intake.file import BudgetEntry, ImportFile
from models.message import Common, Remark
from models.rules.watch.tampering import Rows, find_changed_rows, read_held_rows
from models.tables.person import Organisation, Person
from tasks.commands.meetings import replan_before
from tasks.commands.replan.preview import Consequences
from tasks.commands.sums.budgets import import_budgets
from tasks.intake.entries import ReadFile
from tasks.intake.grants import open_or_update_grants
from tasks.intake.import_faults import Imported
from tasks.intake.people import import_meetings, import_organisation, import_people
from tasks.intake.report import ImportDay, ImportReport
from tasks.intake.workbook import CellPlace, Reason
from tasks.programmes.files import ProgrammeRegistry
from tasks.programmes.yaml_faults import Shaped
from tasks.store.database import dry_run, in_batches, unit_of_work
from tasks.store.journal import Event, write_journal


def import_file(
    engine: Engine,
    content: ImportFile,
    registry: ProgrammeRegistry,
    *,
    today: date,
    now: datetime,
    language: str = "sv",
) -> ImportReport:
    """Import the file's content in one transaction; ImportInvalid, and nothing written, when a row is wrong."""
    with unit_of_work(engine, many=True) as session:
        return import_content(session, content, registry, ImportDay(today, now, language))


def import_content(
    session: Session, content: ImportFile, registry: ProgrammeRegistry, day: ImportDay
) -> ImportReport:
    """Import the content in the caller's transaction; ImportInvalid when a row is wrong."""
    report = ImportReport()
    before = _directory(session, content)
    for organisation in content.organisations:
        report.count("organisation", import_organisation(session, organisation, report, day))
    moved = import_people(session, content, report, day)
    if changed := find_changed_rows(before, _directory(session, content)):
        noted = [Event(OfficeEvent.DIRECTORY_CHANGED, rows=changed)]
        noted += [
            Event(OfficeEvent.PERSON_CHANGED, person_id=person_id, detail=detail)
            for person_id, detail in moved.items()
        ]
        write_journal(session.connection(), day.today, day.now, noted)
    bodies = import_meetings(session, content, report)
    at = (day.today, day.now)
    brought_in = open_or_update_grants(
        session, content.grants, registry, *at, holds=day.holds, by_id=day.by_id
    )
    for grant in brought_in:
        report.add_grant(grant)
        if day.progress is not None:
            day.progress(1)
    for outcome, count in import_budgets(session, content.budgets, day.today, day.now).items():
        report.count("budget", outcome, count)
    follows = [grant.moved for grant in report.grants]
    follows += (replan_before(session, body_id, Clock(day.today, day.now)) for body_id in bodies)
    report.moved = Consequences.joined(follows)
    return report


def _directory(session: Session, content: ImportFile) -> Rows:
    """Return the rows of the file's people and organisations, as far as the journal records them."""
    held = Rows()
    for emails in in_batches([person.email for person in content.people]):
        held |= read_held_rows(
            Person, session.exec(select(Person).where(col(Person.email).in_(emails))).all()
        )
    for keys in in_batches([organisation.key for organisation in content.organisations]):
        bodies = select(Organisation).where(col(Organisation.key).in_(keys))
        held |= read_held_rows(Organisation, session.exec(bodies).all())
    return held


@dataclass(frozen=True, slots=True)
class Trouble:
    """A fault in a file: its cell or line, if that is known, and how to put it right."""

    file: str
    place: CellPlace
    reason: Reason

    @property
    def said(self) -> Remark:
        """The fault in one line: the file, the cell or line, what and how."""
        of_line = self.place.row and not self.place.name
        where = ": ".join(filter(None, (self.file, self.place.name)))
        line = Shaped.LINE(name=self.file, line=self.place.row)
        return Common.AT(place=line if of_line else where, why=self.reason)


class ImportTroubles(ImportInvalid):
    """The import file is not valid."""

    def __init__(self, troubles: list[Trouble], files: Mapping[str, ReadFile]) -> None:
        self.troubles = troubles
        self.notes = [Common.AT(place=name, why=note) for name, file in files.items() for note in file.notes]
        many = Imported.PROBLEMS(count=len(troubles))
        super().__init__(troubles[0].said if len(troubles) == 1 else many)


def import_read(
    engine: Engine, files: Mapping[str, ReadFile], registry: ProgrammeRegistry, day: ImportDay
) -> dict[str, ImportReport]:
    """Import the files in one transaction; if any has faults, ImportTroubles names all, and none is written."""
    troubles = [Trouble(name, *problem) for name, file in files.items() for problem in file.problems]
    refusal: ImportInvalid | None = None
    if not troubles:
        try:
            with unit_of_work(engine, many=True) as session:
                return {name: _import_file(session, file, registry, day) for name, file in files.items()}
        except ImportInvalid as error:
            refusal = error
    if all(file.complete for file in files.values()):
        troubles += _try_each(engine, files, registry, day)
    if refusal and not troubles:
        raise refusal
    order = list(files)
    raise ImportTroubles(
        sorted(troubles, key=lambda trouble: (order.index(trouble.file), trouble.place)), files
    )


def _import_file(
    session: Session, file: ReadFile, registry: ProgrammeRegistry, day: ImportDay
) -> ImportReport:
    report = import_content(session, file.content, registry, day)
    report.of_file = file.notes
    return report


def _try_each(
    engine: Engine, files: Mapping[str, ReadFile], registry: ProgrammeRegistry, day: ImportDay
) -> list[Trouble]:
    """Return the faults, by importing part by part and undoing it, so that one fault hides no other."""
    troubles: list[Trouble] = []
    # A grant that cannot be imported gets no further remarks.
    refused = set[str]().union(*(file.refused for file in files.values()))
    with unit_of_work(dry_run(engine)) as session:
        for name, file in files.items():
            for part in _parts(file.content):
                references = {grant.reference.lower() for grant in part.grants}
                references |= {budget.reference.lower() for budget in part.budgets}
                if references & refused:
                    continue
                try:
                    with session.begin_nested():
                        import_content(session, part, registry, day)
                except ImportInvalid as error:
                    troubles.append(Trouble(name, file.cell(error.place), error.remark))
                    refused |= references
                    if not references:
                        return troubles  # later parts name what is missing: they would all be refused for it
                finally:
                    session.expunge_all()  # what was undone does not exist any more
    return troubles


def _parts(content: ImportFile) -> Iterator[ImportFile]:
    """Yield a file's content in parts: first all that others name, then each grant, then each budget."""
    yield ImportFile(organisations=content.organisations)
    yield ImportFile(people=content.people)
    yield ImportFile(meetings=content.meetings)
    for grant in content.grants:
        yield ImportFile(grants=(grant,))
    budgets: dict[str, list[BudgetEntry]] = {}
    for line in content.budgets:
        budgets.setdefault(line.reference, []).append(line)
    for lines in budgets.values():
        yield ImportFile(budgets=tuple(lines))
