"""Mail a letter's reader a new link in place of one that has expired, or a link to sign in."""

import logging

from sqlalchemy import Engine
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from deployments.portal.login.pages import own_path, then, then_mail_link
from deployments.portal.login.reader import SIGNS_IN, is_signed_in_of_late, reader_of
from deployments.portal.web.guard import act_once, find_visit
from deployments.portal.web.posted_form import FormTarget, check_nonce
from deployments.portal.web.state import portal_of
from models.errors import GrantError
from tasks.people.link_letters import mail_new_link
from tasks.store.database import reading
from tasks.words.translator import translator

log = logging.getLogger(__name__)


def send_new_link(request: Request, posted: dict[str, str]) -> Response:
    """Mail a new link to the address on file, whatever state the old one is in; the answer is always the same."""
    portal = portal_of(request)
    token = request.path_params["token"]
    with reading(portal.engine) as connection:
        reader = reader_of(portal, request, connection)
    about = FormTarget("link", reader.letter_id or 0, 0)
    check_nonce(posted, about.kind, about.id, token, portal.keys)
    now = portal.clock()

    def mail(engine: Engine) -> None:
        queued = mail_new_link(engine, reader.id, today=portal.local_date(now), now=now)
        log.info("a new link was asked for", extra={"queued": queued, "person_id": reader.id})

    def try_to_mail() -> None:
        try:
            act_once(portal, posted, about, token, mail)
        except GrantError as error:
            log.warning("no new link was queued: %s", type(error).__name__)

    return then(portal.pages.show("link_sent.html", translator(reader.language)), BackgroundTask(try_to_mail))


def send_login_link(request: Request, posted: dict[str, str]) -> Response:
    """Mail the reader of a letter a link to sign in, to the address on file, and say so with most of it left out.

    Who signed in of late in this browser goes on to where they wanted.
    """
    portal = portal_of(request)
    token = request.path_params["token"]
    with reading(portal.engine) as connection:
        reader = reader_of(portal, request, connection)
    signed = check_nonce(posted, SIGNS_IN.kind, SIGNS_IN.id, token, portal.keys)
    wanted = own_path(posted.get("next", ""))
    visit = find_visit(request)
    if visit is not None and visit.visitor.person_id == reader.id and is_signed_in_of_late(portal, visit):
        return RedirectResponse(wanted, 303)
    page = portal.pages.show("login_sent.html", translator(reader.language), reader=reader)
    return then_mail_link(request, page, reader.email, wanted, signed.key)
