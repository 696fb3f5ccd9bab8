"""The page of the office's own Word templates: those in use to take, and the fields that one can use."""

from pathlib import Path
from typing import get_args
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from deployments.portal.web.guard import visit_of
from deployments.portal.web.state import portal_of
from tasks.documents.papers import WORD
from tasks.documents.word.fields import list_groups
from tasks.documents.word.templates import (
    PAPER_LANGUAGES,
    TEMPLATES,
    Kind,
    name_of,
    own_templates,
    template_names,
    template_path,
)
from tasks.words.vocabulary import word_name


def show_fields(request: Request) -> Response:
    """Return the page; the folder of the office's own templates is named to an administrator alone."""
    portal = portal_of(request)
    visit = visit_of(request)
    say = portal.translator(request)
    own = own_templates(portal.settings.office_folder)
    papers = {
        kind: [_template(name_of(kind, language), language, own) for language in PAPER_LANGUAGES]
        for kind in get_args(Kind)
    }
    return portal.pages.show(
        "templates.html",
        say,
        visit=visit,
        papers=papers,
        names={kind: word_name(say, "paper", kind) for kind in papers},
        groups=[*list_groups(say.language)],
        folder=own if visit.visitor.is_admin else None,
    )


def _template(name: str, language: str, own: Path | None) -> tuple[str, str, bool]:
    """Return a template's language and name, and whether it is the office's own."""
    return language, name, template_path(name, own).parent != TEMPLATES


def give_template(request: Request) -> Response:
    """Return the template in use of that name, the office's own or the shipped one; 404 for another name."""
    name = f"{request.path_params['name']}.docx"
    if name not in template_names():
        raise HTTPException(404)
    path = template_path(name, own_templates(portal_of(request).settings.office_folder))
    if not path.is_file():
        raise HTTPException(404)
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return FileResponse(path, media_type=WORD, headers=headers)
