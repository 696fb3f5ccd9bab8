"""The help, a page a role: what one is told, and what one does about it."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from deployments.portal.web.guard import visit_of
from deployments.portal.web.state import portal_of

ROLES = ("coordinator", "manager", "secretary", "administrator")


def show_help(request: Request) -> Response:
    """Return the page of a role; 404 for one that there is not."""
    portal, role = portal_of(request), request.path_params["role"]
    if role not in ROLES:
        raise HTTPException(404)
    say = portal.translator(request)
    return portal.pages.show("help.html", say, visit=visit_of(request), role=role, roles=ROLES)
