"""Mail a new link to who holds one that is over, and undo what a confirmation letter told of."""

from __future__ import annotations

import logging

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from deployments.portal.login.pages import then
from deployments.portal.login.reader import Reader, reader_by_link
from deployments.portal.web.posted_form import FormFor, check_nonce, read_small_form, sign_form
from deployments.portal.web.state import Portal, portal_of
from models.commands.clock import Clock
from models.commands.steps import Undo
from models.errors import DatabaseUnready, GrantError, LinkInvalid
from tasks.commands.answers.undo import may_undo
from tasks.commands.replan.confirmation_letters import find_confirmed
from tasks.outbox.facts.step import rule_of_row, step_name
from tasks.people.letters_at_once import mail_new_link
from tasks.people.links import LinkUse, read_link
from tasks.perform import perform
from tasks.store.database import reading
from tasks.store.taken_forms import by_form, taken_at
from tasks.words.names import word_step
from tasks.words.translator import capitalised, translator

log = logging.getLogger(__name__)


async def send_new_link(request: Request) -> Response:
    """Mail a new link to the address on file, whatever state the old one is in; the answer is always the same."""
    posted = await read_small_form(request)
    portal, token = portal_of(request), request.path_params["token"]
    reader = await run_in_threadpool(_reader, portal, request)
    signed = check_nonce(posted, "link", reader.letter_id or 0, token, portal.keys)
    page = portal.pages.show("link_sent.html", translator(reader.language))
    return then(page, BackgroundTask(run_in_threadpool, _mail, portal, reader, signed.key))


def _reader(portal: Portal, request: Request) -> Reader:
    with reading(portal.engine) as connection:
        return reader_by_link(portal, request, connection)


def _mail(portal: Portal, reader: Reader, form_key: str) -> None:
    now = portal.clock()
    try:
        with reading(portal.engine) as connection:
            if taken_at(connection, form_key) is not None:
                return
        queued = mail_new_link(
            by_form(portal.engine, form_key), reader.id, today=portal.local_date(now), now=now
        )
    except GrantError as error:
        log.warning("no new link was queued: %s", type(error).__name__)
    else:
        log.info("a new link was asked for", extra={"queued": queued, "person_id": reader.id})


def show_undo(request: Request) -> Response:
    """Return the page behind a confirmation's button: what was recorded, and whether it can be taken back."""
    portal, token = portal_of(request), request.path_params["token"]
    now = portal.clock()
    today = portal.local_date(now)
    with reading(portal.engine) as connection:
        row = find_confirmed(connection, _undo_key(portal, token))
        if row is None or (row.departed_on is not None and row.departed_on <= today):
            raise HTTPException(404)
        say = translator(row.language)
        reason = may_undo(connection, row, today=today, now=now)
        step = word_step(say, step_name(say, row, rule_of_row(connection, row)))
    zone = portal.settings.zone
    return portal.pages.show(
        "undo.html",
        say,
        step=capitalised(step),
        row=row,
        done_at=row.acted_at.astimezone(zone),
        until=row.undo_until_at.astimezone(zone) if row.undo_until_at else None,
        reason=reason,
        nonce=sign_form(FormFor("undo", row.id, row.step_version), token, portal.keys),
    )


def _undo_key(portal: Portal, token: str) -> str:
    try:
        return read_link(token, portal.keys, LinkUse.UNDO)
    except LinkInvalid as error:
        raise HTTPException(404) from error


async def undo(request: Request) -> Response:
    """Take back what was recorded; the page then says how it went."""
    posted = await read_small_form(request)
    return await run_in_threadpool(_undo, request, posted)


def _undo(request: Request, posted: dict[str, str]) -> Response:
    portal, token = portal_of(request), request.path_params["token"]
    link_key = _undo_key(portal, token)
    with reading(portal.engine) as connection:
        row = find_confirmed(connection, link_key)
    if row is None:
        raise HTTPException(404)
    signed = check_nonce(posted, "undo", row.id, token, portal.keys)
    now = portal.clock()
    try:
        clock = Clock(portal.local_date(now), now)
        perform(by_form(portal.engine, signed.key), Undo(row.reference, link_key), row.person_id, clock)
    except DatabaseUnready:
        raise
    except GrantError as error:
        log.info("an act was not undone: %s", type(error).__name__)
    return RedirectResponse(f"/undo/{token}", 303)
