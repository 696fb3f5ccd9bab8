"""Import an uploaded workbook: read whole first, then all of it or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from sqlalchemy import Engine

from models.commands.clock import Clock
from models.commands.steps import StoredFile
from models.events import OfficeEvent
from models.forms.field import Kind
from models.forms.spec import Act, Ask
from models.vocabulary import Duty
from tasks.intake.entries import ReadFile
from tasks.intake.imports import import_read
from tasks.intake.report import ImportDay, ImportReport
from tasks.programmes.files import ProgrammeRegistry
from tasks.store.database import is_dry, transaction
from tasks.store.journal import Event, write_journal


@dataclass(frozen=True, slots=True)
class WorkbookSaid:
    """What a form asks for of a workbook."""

    workbook: Annotated[tuple[StoredFile, ...], Ask(kind=Kind.FILE, label="Excel or CSV", single=True)]
    accept: Annotated[
        bool,
        Ask(
            kind=Kind.YES_NO,
            label="Take what cells most likely mean?",
            hint="As 250101 for 1 January 2025. What was taken so is listed before anything is imported.",
            words="yes_no",
            initial="no",
        ),
    ]


@Act(
    "import",
    title="Import a workbook",
    button="Import it",
    done="The workbook has been imported.",
    intro="People, grants, meetings and budgets. What is late already, and what there is to tell of a new grant, is"
    " told to nobody until it is confirmed.",
    duty=Duty.OFFICE,
    asked=WorkbookSaid,
)
@dataclass(frozen=True, slots=True)
class ImportWorkbook:
    """A workbook that was read, by whom and for which house it is imported."""

    read: Mapping[str, ReadFile]
    registry: ProgrammeRegistry
    language: str
    by_id: int | None

    def perform(self, engine: Engine, clock: Clock) -> ImportReport:
        """Import it, all or nothing; ImportTroubles names all that is wrong."""
        day = ImportDay(clock.today, clock.now, self.language, holds=True)
        (report,) = import_read(engine, self.read, self.registry, day).values()
        if not is_dry(engine):
            with transaction(engine) as connection:
                noted = Event(OfficeEvent.WORKBOOK_IMPORTED, person_id=self.by_id)
                write_journal(connection, clock.today, clock.now, [noted])
        return report
