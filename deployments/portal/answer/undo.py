"""Undo what somebody recorded, by the link in its confirmation."""

import logging

from sqlalchemy import Engine
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from deployments.portal.answer.answer_faults import WHY_KEPT
from deployments.portal.login.reader import link_key_of
from deployments.portal.web.guard import act_once
from deployments.portal.web.posted_form import FormFor, sign_form
from deployments.portal.web.state import portal_of
from models.commands.clock import Clock
from models.commands.steps import Undo
from models.errors import DatabaseUnready, GrantError
from models.rules.duties import has_left
from tasks.commands.answers.undo import may_undo
from tasks.commands.replan.confirmation_letters import find_confirmed
from tasks.outbox.confirmations import rule_of_row, step_name
from tasks.people.links import LinkUse
from tasks.people.notice_recipients import Recipient
from tasks.perform import perform, preview
from tasks.store.database import reading
from tasks.words.recipients import word_told
from tasks.words.translator import capitalised, translator
from tasks.words.vocabulary import word_step

log = logging.getLogger(__name__)


def show_undo(request: Request) -> Response:
    """Return the page behind a confirmation's button: what was recorded, and whether it can be taken back."""
    portal = portal_of(request)
    token = request.path_params["token"]
    link_key = link_key_of(portal, request, LinkUse.UNDO)
    now = portal.clock()
    today = portal.local_date(now)
    with reading(portal.engine) as connection:
        row = find_confirmed(connection, link_key)
        if row is None or has_left(row.person.departed_on, today):
            raise HTTPException(404)
        say = translator(row.person.language)
        reason = may_undo(connection, row, today=today, now=now)
        step = word_step(say, step_name(say, row, rule_of_row(connection, row)))
    told: tuple[Recipient, ...] = ()
    if reason.accepted:
        command = Undo(row.grant.reference, link_key)
        told = preview(portal.engine, command, row.act.person_id, Clock(today, now)).told
    zone = portal.settings.zone
    return portal.pages.show(
        "undo.html",
        say,
        step=capitalised(step),
        row=row,
        done_at=row.act.acted_at.astimezone(zone),
        until=row.act.undo_until_at.astimezone(zone) if row.act.undo_until_at else None,
        reason=reason,
        kept=None if reason.accepted else WHY_KEPT[reason](),
        told=word_told(say, told, today, on_page=True),
        nonce=sign_form(FormFor("undo", row.act.id or 0, row.act.step_version), token, portal.keys),
    )


def undo(request: Request, posted: dict[str, str]) -> Response:
    """Take back what was recorded; the page then says how it went."""
    portal = portal_of(request)
    token = request.path_params["token"]
    link_key = link_key_of(portal, request, LinkUse.UNDO)
    with reading(portal.engine) as connection:
        row = find_confirmed(connection, link_key)
    if row is None:
        raise HTTPException(404)
    person_id = row.act.person_id
    command = Undo(row.grant.reference, link_key)
    now = portal.clock()

    def take_back(engine: Engine) -> None:
        perform(engine, command, person_id, Clock(portal.local_date(now), now))

    try:
        act_once(portal, posted, FormFor("undo", row.act.id or 0, 0), token, take_back)
    except DatabaseUnready:
        raise
    except GrantError as error:
        log.info("an act was not undone: %s", type(error).__name__)
    return RedirectResponse(f"/undo/{token}", 303)
