"""The office's workbook: it is read, all that is wrong is named by its cell, and it is imported when that is seen."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from deployments.portal.desk.form import DeskForm, Filled, Place, Scene, list_called
from deployments.portal.desk.people import PEOPLE
from deployments.portal.overview import TABLES
from deployments.portal.web.posted_form import PostedForm
from deployments.portal.web.state import portal_of
from models.commands.clock import Clock
from models.errors import BadInput
from models.forms.field import Field, Kind
from models.vocabulary import Duty
from tasks.commands.files.documents import vault_of
from tasks.commands.files.file_store import plain_name
from tasks.directory import TakeDirectory
from tasks.intake.document import ReadFile
from tasks.intake.files import known_of, read_import
from tasks.intake.imports import import_read
from tasks.intake.messages import Imported
from tasks.intake.report import ImportDay, ImportReport
from tasks.intake.workbook import empty_workbook
from tasks.programmes.files import ProgrammeRegistry
from tasks.programmes.folders import programme_folders
from tasks.store.database import is_dry, transaction
from tasks.store.journal import Happened, write_journal

# The fields that hold where an uploaded file lies until it is imported, and what it was called.
_STORED, _NAME = "stored", "file_name"


@dataclass(frozen=True, slots=True)
class ImportRead:
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
                happened = Happened("workbook_imported", person_id=self.by_id)
                write_journal(connection, clock.today, clock.now, [happened])
        return report


def with_upload(posted: PostedForm) -> dict[str, str]:
    """Return the texts of a form, with where the file that came with it lies."""
    texts = dict(posted.texts)
    for file in posted.files[:1]:
        texts |= {_STORED: file.stored_as, _NAME: file.name}
    return texts


def give_workbook(request: Request) -> Response:
    """Return the workbook that is imported, with its headings, to be filled in."""
    content = empty_workbook(portal_of(request).settings.language)
    headers = {"Content-Disposition": 'attachment; filename="import.xlsx"'}
    return Response(content, media_type=TABLES["xlsx"], headers=headers)


def _fields(_: Scene) -> Iterator[Field]:
    """Yield the field of the file, and those of the one that came."""
    yield from (
        Field("workbook", Kind.FILE),
        Field(_STORED, Kind.HIDDEN, False),
        Field(_NAME, Kind.HIDDEN, False),
    )


def _read(scene: Scene, filled: Filled) -> ImportRead:
    settings, name = scene.portal.settings, plain_name(filled.text(_NAME))
    if not filled.text(_STORED):
        raise BadInput(Imported.NO_FILE())
    registry = ProgrammeRegistry(*programme_folders(settings.office_folder))
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        shutil.copyfile(vault_of(settings).path(filled.text(_STORED)), path)
        read = {name: read_import(path, known_of(scene.connection, [path], registry))}
    by_id = scene.visit.visitor.person_id
    return ImportRead(read, registry, settings.language, by_id)


def _register(scene: Scene) -> Place:
    if not scene.portal.settings.directory:
        raise HTTPException(404)
    return PEOPLE(scene)


def _directory(scene: Scene, _: Filled) -> TakeDirectory:
    return TakeDirectory(scene.portal.settings, seen=True, by_id=scene.visit.visitor.person_id)


DIRECTORY = DeskForm("directory", Duty.OFFICE, _register, lambda _: (), _directory)
IMPORT = DeskForm("import", Duty.OFFICE, list_called("grants", "/"), _fields, _read)
