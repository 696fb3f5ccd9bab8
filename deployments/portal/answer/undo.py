"""Undo what somebody recorded, by the link in its confirmation: the turn of every form, begun with its check."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from deployments.portal.answer.answer_faults import WHY_KEPT, Kept
from deployments.portal.forms.context import FormPlace, FormWords
from deployments.portal.forms.entries import Entry
from deployments.portal.forms.form import Form
from deployments.portal.forms.turn import CheckPage, Ready, Sender, act, check
from deployments.portal.login.reader import find_reader, link_key_of
from deployments.portal.web.guard import find_visit
from deployments.portal.web.posted_form import FormTarget, PostedForm, check_nonce, sign_form
from deployments.portal.web.state import Portal, portal_of
from models.commands.steps import Undo
from models.errors import GrantError, Unreadable
from models.message import Remark
from models.rules.duties import has_left
from models.rules.steps.undo import UndoReason
from models.tables.columns import id_of
from tasks.commands.answers.undo import may_undo
from tasks.commands.replan.confirmation_letters import Confirmed, find_confirmed
from tasks.outbox.confirmations import rule_of_row, step_name
from tasks.people.links import LinkUse, sign_link
from tasks.perform import Command
from tasks.store.database import reading
from tasks.store.form_keys import taken_at
from tasks.words.translator import Translator, capitalised, translator
from tasks.words.vocabulary import word_step

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class UndoForm:
    """The form behind a confirmation's button: what was recorded, and whether it can be taken back.

    At the address `page` its reader finds the task again; empty where no page of theirs opens.
    """

    portal: Portal
    say: Translator
    token: str
    link_key: str
    row: Confirmed
    step: str
    reason: UndoReason
    page: str

    @property
    def sender(self) -> Sender:
        """Whose letter it is."""
        person_id = self.row.act.person_id
        return Sender(self.portal, self.say, actor=person_id, person_id=person_id)

    @property
    def form(self) -> Form:
        """The form, which asks for nothing."""
        about = FormTarget("undo", id_of(self.row.act), self.row.act.step_version)
        return Form(act="undo", about=about)

    @property
    def facts(self) -> list[Entry]:
        """What was recorded, and until when it can be taken back."""
        grant = self.row.grant
        act = self.row.act
        words = FormWords(self.say)
        zone = self.portal.settings.zone
        found = [
            Entry(words.said("grant"), f"{grant.title} ({grant.reference})"),
            Entry(words.said("recorded"), self.say.moment(act.acted_at.astimezone(zone))),
        ]
        if self.reason.accepted and act.undo_until_at is not None:
            until = self.say.moment(act.undo_until_at.astimezone(zone))
            found.append(Entry(words.said("can_be_undone"), words.said("before_next", until)))
        return found

    @property
    def kept(self) -> Remark:
        """Why it cannot be taken back; of what is undone, whose the task is now."""
        if self.reason is UndoReason.UNDONE and self.row.step.owner_id != self.row.act.person_id:
            return Kept.UNDONE_OF_OTHERS()
        return WHY_KEPT[self.reason]()

    def read(self, posted: PostedForm) -> Form:
        """Return the form: nothing is typed in it."""
        return self.form

    def keep(self, form: Form, posted: PostedForm) -> Response | None:
        """Return nothing: it has no draft."""
        return None

    def command(self, form: Form) -> Command:
        """Return the command that takes it back."""
        return Undo(self.row.grant.reference, self.link_key)

    def undo(self, form: Form) -> str:
        """Return nothing: it is done again by its own form."""
        return ""

    def calendar(self, connection: Connection) -> list[Any]:
        """Return nothing: the page lists no steps."""
        return []

    def check_page(self, form: Form) -> CheckPage:
        """Return the page on which the form is checked."""
        place = FormPlace(self.step, back="")
        return CheckPage(address=f"/undo/{self.token}", visit=None, place=place, entries=self.facts)

    def show(self, form: Form, status: int = 200) -> Response:
        """Return the page with what was recorded and why it is kept, or with what taking it back moves."""
        nonce = sign_form(form.about, self.token, self.portal.keys)
        if self.reason.accepted:
            return check(self, Ready(form, self.command(form), ""), nonce)
        anchor = f"s{self.row.act.step_id}"
        return self.portal.pages.show(
            "undo.html",
            self.say,
            status=status,
            step=self.step,
            facts=self.facts,
            kept=self.kept,
            undone=self.reason is UndoReason.UNDONE,
            task=f"{self.page}?at={anchor}#{anchor}" if self.page else "",
        )

    def refuse(self, form: Form, error: GrantError | Unreadable, status: int) -> Response:
        """Return to the page, which says why it is kept."""
        log.info("an act was not undone: %s", type(error).__name__)
        return RedirectResponse(f"/undo/{self.token}", 303)

    def finish(self, form: Form, moved: Mapping[str, object] | None, undo: str = "") -> Response:
        """Return to the page, which says that it is taken back."""
        return RedirectResponse(f"/undo/{self.token}", 303)


def show_undo(request: Request) -> Response:
    """Return the page behind a confirmation's button."""
    surface = _opened(request)
    return surface.show(surface.form)


def undo(request: Request, posted: dict[str, str]) -> Response:
    """Take back what was recorded, once what that moves has been seen; the page then says how it went."""
    portal = portal_of(request)
    surface = _opened(request)
    signed = check_nonce(posted, "undo", surface.form.about.id, surface.token, portal.keys)
    with reading(portal.engine) as connection:
        if taken_at(connection, signed.key) is not None:
            return surface.finish(surface.form, None)
    ready = Ready(surface.form, surface.command(surface.form), "")
    return act(surface, ready, PostedForm(posted), signed.key)


def _opened(request: Request) -> UndoForm:
    """Return the form of the link; HTTPException (404) for one of no act that can be undone, or of who has left."""
    portal = portal_of(request)
    link_key = link_key_of(portal, request, LinkUse.UNDO)
    now = portal.clock()
    today = portal.local_date(now)
    visit = find_visit(request)
    with reading(portal.engine) as connection:
        row = find_confirmed(connection, link_key)
        if row is None or row.act.undo_until_at is None or has_left(row.person.departed_on, today):
            raise HTTPException(404)
        say = translator(row.person.language)
        reason = may_undo(connection, row, today=today, now=now)
        step = capitalised(word_step(say, step_name(say, row, rule_of_row(connection, row))))
        if visit is not None and visit.visitor.person_id == row.act.person_id:
            page = "/tasks"
        else:
            letter = find_reader(connection, sign_link(link_key, portal.keys), portal.keys, today, now)
            page = letter.page if letter is not None and not letter.over else ""
    return UndoForm(portal, say, request.path_params["token"], link_key, row, step, reason, page)
