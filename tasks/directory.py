"""Import the office's directory: managers, absences, and who has left."""

import logging
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from sqlalchemy import Connection, Engine, delete, func, select

from models.commands.clock import Clock
from models.commands.people import Depart
from models.errors import BadInput, GrantError
from models.events import OfficeEvent
from models.forms.spec import Act
from models.intake.file import ImportFile
from models.message import Message
from models.rules.directory import find_successor, must_be_seen
from models.rules.duties import has_left
from models.tables.columns import table_of
from models.tables.person import Absence, Person
from models.vocabulary import Duty, SaidBy
from tasks.commands.people import PassedOn
from tasks.intake.entries import ReadFile
from tasks.intake.files import known_of, read_import
from tasks.intake.import_faults import Imported
from tasks.intake.imports import import_read
from tasks.intake.report import ImportDay, ImportReport
from tasks.people.notice_recipients import hearing
from tasks.perform import perform
from tasks.programmes.files import ProgrammeRegistry
from tasks.settings import Settings
from tasks.store.database import AnyRow, dry_run, in_batches, is_dry, reading, transaction
from tasks.store.journal import Event, write_journal
from tasks.store.queries import is_here
from tasks.watch.alarms import Alarm

log = logging.getLogger(__name__)

_PERSON = table_of(Person)
_ABSENCE = table_of(Absence)


class Directory(Message):
    """What the administrator is written about the directory."""

    NOT_TAKEN = "The directory was not taken over"
    PAGE_SAYS_WHY = "Why, and what it would change, is said on %(page)s; there it can be taken over."


class TooMuch(BadInput):
    """The directory's file changes too many people to be taken over unseen."""


@Act(
    "directory",
    title="Take the directory over",
    button="Take it over",
    done="The directory has been taken over.",
    intro="The file that the office's directory writes is read now. People who have left hand over at once, to their"
    " deputy or manager.",
    duty=Duty.OFFICE,
)
@dataclass(frozen=True, slots=True)
class TakeDirectory:
    """Take the directory's file over; `seen` is that somebody has looked at what it changes, `by_id` is who."""

    settings: Settings
    seen: bool = False
    by_id: int | None = None

    def perform(self, engine: Engine, clock: Clock) -> ImportReport:
        """Take it over, and let those who have left hand over at once.

        BadInput for a file that is about more than people, TooMuch, and ImportTroubles, which names all that is wrong.
        """
        path = Path(self.settings.directory)
        with reading(engine) as connection:
            file = read_import(path, known_of(connection, [path], ProgrammeRegistry()))
            if file.content != ImportFile(people=file.content.people):
                raise BadInput(Imported.NOT_PEOPLE_ALONE(name=path.name))
            leaving = self._leaving(connection, file, clock.today)
            here = connection.execute(
                select(func.count(_PERSON.c.id)).where(is_here(clock.today))
            ).scalar_one()
        # Tried whole first: a departure that is refused must not leave the rest taken over.
        report = self._take(hearing(dry_run(engine), None), file, leaving, clock)
        if not self.seen and must_be_seen(report.new.total() + report.changed.total(), here):
            raise TooMuch
        return self._take(engine, file, leaving, clock)

    def _leaving(self, connection: Connection, file: ReadFile, today: date) -> list[Depart]:
        """Return the departures of those who have left by the file and are still here."""
        left = {
            person.email: person.departed_on
            for person in file.content.people
            if has_left(person.departed_on, today)
        }
        here = select(_PERSON).where(is_here(today))
        rows = (
            row
            for emails in in_batches(sorted(left))
            for row in connection.execute(here.where(_PERSON.c.email.in_(emails)))
        )
        return [
            Depart(
                row.id,
                left[row.email] or today,
                self.settings.country,
                _successor(connection, row, left, today),
            )
            for row in rows
        ]

    def _take(self, engine: Engine, file: ReadFile, leaving: list[Depart], clock: Clock) -> ImportReport:
        staying = [person for person in file.content.people if not has_left(person.departed_on, clock.today)]
        kept = replace(file, content=ImportFile(people=tuple(staying)))
        day = ImportDay(clock.today, clock.now, self.settings.language, SaidBy.DIRECTORY)
        name = Path(self.settings.directory).name
        (report,) = import_read(engine, {name: kept}, ProgrammeRegistry(), day).values()
        for departure in leaving:
            passed = perform(engine, departure, self.by_id, clock, settings=self.settings)
            assert isinstance(passed, PassedOn)  # noqa: S101  (what its handler returns)
            report.passed.append(passed)
            report.count("departure", "changed")
        with transaction(engine) as connection:
            names = select(_PERSON.c.name).where(
                _PERSON.c.id.in_([departure.person_id for departure in leaving])
            )
            report.people["left"] = list(connection.execute(names.order_by(_PERSON.c.name)).scalars())
            named = {person.email for person in file.content.people}
            for _ in range(_end_absences(connection, named, clock.today)):
                report.count("person", "changed")
        if (report.new or report.changed) and not is_dry(engine):
            with transaction(engine) as connection:
                noted = Event(OfficeEvent.DIRECTORY_TAKEN, person_id=self.by_id)
                write_journal(connection, clock.today, clock.now, [noted])
        return report


def _end_absences(connection: Connection, named: set[str], today: date) -> int:
    """End absences from the directory that it names no more; return how many there were."""
    said = select(_ABSENCE.c.id, _PERSON.c.email).join(_PERSON, _PERSON.c.id == _ABSENCE.c.person_id)
    rows = connection.execute(said.where(_ABSENCE.c.from_directory, _ABSENCE.c.to_on >= today))
    ended = [row.id for row in rows if row.email not in named]
    for ids in in_batches(ended):
        connection.execute(delete(_ABSENCE).where(_ABSENCE.c.id.in_(ids)))
    return len(ended)


def _successor(connection: Connection, row: AnyRow, left: dict[str, date | None], today: date) -> int | None:
    stays = select(_PERSON.c.id).where(is_here(today), _PERSON.c.email.not_in(left))
    asked = [person_id for person_id in (row.deputy_id, row.manager_id) if person_id is not None]
    staying = set(connection.execute(stays.where(_PERSON.c.id.in_(asked))).scalars())
    return find_successor(row.deputy_id, row.manager_id, staying)


def see_to_directory(engine: Engine, settings: Settings, clock: Clock) -> Alarm | None:
    """Take the directory's file over, where the office has one; return an alarm if an administrator has to act."""
    if not settings.directory:
        return None
    try:
        report = TakeDirectory(settings).perform(engine, clock)
    except (GrantError, OSError) as error:
        log.warning("the directory was not taken over: %s", type(error).__name__)
        page = f"{settings.portal_url}/desk/directory/0"
        return Alarm(Directory.NOT_TAKEN(), [Directory.PAGE_SAYS_WHY(page=page)], ["directory"])
    log.info(
        "the directory was taken over", extra={"changed": report.changed.total(), "new": report.new.total()}
    )
    return None
