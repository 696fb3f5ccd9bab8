"""Give documents to those who may see them: a browser shows what it can, and saves the rest."""

import logging
from datetime import date
from urllib.parse import quote

from sqlalchemy import Connection, select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from deployments.portal.login.reader import Reader, reader_of
from deployments.portal.tasks.list import list_tasks
from deployments.portal.web.guard import content_policy, visit_of
from deployments.portal.web.state import LARGEST_ID, Portal, portal_of
from models.tables.columns import table_of
from models.tables.grant import Grant
from models.tables.step import Document, MadeDocument
from tasks.commands.files.drafts import file_store_of, find_document
from tasks.commands.files.file_store import is_whole
from tasks.people.visibility import may_see_grant
from tasks.store.database import reading

log = logging.getLogger(__name__)

_GRANT = table_of(Grant)

# Whatever a browser makes of a file, nothing in it runs, loads or sends. A page of ours may show it in a frame.
_CLOSED = {"style_src": "'none'", "img_src": "'none'", "form_action": "'none'", "frame_ancestors": "'self'"}
_SEALED = content_policy(**_CLOSED, sandbox="")
# Some browsers show no PDF in a sandbox; each shows it in one of its own.
_SHOWN = {"application/pdf": content_policy(**_CLOSED), "image/png": _SEALED, "image/jpeg": _SEALED}


def give_document(request: Request) -> Response:
    """Return a document of a grant in which the reader has something to do, or to judge.

    One that is in no draft is also for everybody who may see the grant.
    """
    portal = portal_of(request)
    document_id = request.path_params["document_id"]
    with reading(portal.engine) as connection:
        document = find_document(connection, document_id) if document_id <= LARGEST_ID else None
        if document is None or not _may_see(connection, portal, request, document):
            raise HTTPException(404)
    return document_file(portal, document)


def _may_see(connection: Connection, portal: Portal, request: Request, document: Document) -> bool:
    if "token" not in request.path_params:
        of_grant = select(_GRANT.c.reference).where(_GRANT.c.id == document.grant_id)
        reference = connection.execute(of_grant).scalar_one()
        if not document.in_draft and may_see_grant(connection, visit_of(request).visitor, reference):
            return True
    reader = reader_of(portal, request, connection)
    return not reader.over and _is_at_work_on(connection, reader, document, portal.today)


def _is_at_work_on(connection: Connection, reader: Reader, document: Document, today: date) -> bool:
    """Return whether the reader has something to do in a document's grant; of drafts they see their own."""
    if document.in_draft and document.added_by_id != reader.id:
        return False
    return document.grant_id in list_tasks(connection, reader, today).grants


def is_shown(document: Document | MadeDocument) -> bool:
    """Return whether a browser shows the file in place, and does not save it."""
    return document.media_type in _SHOWN


def document_file(portal: Portal, document: Document | MadeDocument) -> Response:
    """Return the file if it is what was kept, to be shown where a browser can; else a page says so (410)."""
    path = file_store_of(portal.settings).path(document.stored_as)
    if not is_whole(path, document.sha256):
        log.error("a kept file is gone, or not what it was", extra={"stored_as": document.stored_as})
        raise HTTPException(410)
    disposition = "inline" if is_shown(document) else "attachment"
    headers = {
        "Content-Disposition": f"{disposition}; filename*=UTF-8''{quote(document.name, safe='')}",
        "Content-Security-Policy": _SHOWN.get(document.media_type, _SEALED),
        "X-Frame-Options": "SAMEORIGIN",
    }
    return FileResponse(path, media_type=document.media_type, headers=headers)
