"""Import the office's workbook or directory: check it, show what it changes, then take it."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from deployments.portal.desk.people import register
from deployments.portal.forms.context import FormContext, FormSetup, Read, list_called
from deployments.portal.web.state import XLSX, portal_of
from tasks.commands.files.drafts import file_store_of
from tasks.directory import TakeDirectory
from tasks.intake.answers import FileAnswers
from tasks.intake.files import known_of, read_import
from tasks.intake.upload import ImportWorkbook
from tasks.intake.workbook import empty_workbook
from tasks.programmes.files import ProgrammeRegistry
from tasks.programmes.folders import programme_folders


def give_workbook(request: Request) -> Response:
    """Return the workbook that is imported, with its headings, to be filled in."""
    content = empty_workbook(portal_of(request).settings.language)
    headers = {"Content-Disposition": 'attachment; filename="import.xlsx"'}
    return Response(content, media_type=XLSX, headers=headers)


def bring_in(context: FormContext) -> FormSetup:
    """Import a workbook: people, grants, meetings and budgets."""
    return FormSetup(place=list_called(context, "grants", "/"), command=lambda read: _read(context, read))


def _read(context: FormContext, read: Read) -> ImportWorkbook:
    settings = context.portal.settings
    registry = ProgrammeRegistry(*programme_folders(settings.office_folder))
    said = FileAnswers(accept_corrections=bool(read["accept"].value))
    with file_store_of(settings).under_its_name(context.files[-1]) as path:
        found = {path.name: read_import(path, known_of(context.connection, [path], registry), said)}
    by_id = context.visit.visitor.person_id
    return ImportWorkbook(found, registry, settings.language, by_id)


def take_directory(context: FormContext) -> FormSetup:
    """Take over what the office's directory says of people; 404 where there is none."""
    settings = context.portal.settings
    if not settings.directory:
        raise HTTPException(404)
    by_id = context.visit.visitor.person_id
    return FormSetup(
        place=register(context), command=lambda _: TakeDirectory(settings, seen=True, by_id=by_id)
    )
