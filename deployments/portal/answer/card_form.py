"""The form of an act on a card of somebody's tasks, by a letter's link or after signing in."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from deployments.portal.answer.answer_faults import NotTaken
from deployments.portal.answer.cards import Card, TaskCard, find_opened, with_answer, with_form_opened
from deployments.portal.answer.drafts import keep_files, keep_texts
from deployments.portal.answer.form import CardForm
from deployments.portal.answer.outcome import find_change, problem_of, with_problem
from deployments.portal.answer.page import ReaderNow, TaskPage, find_form, load_task_page, page_of
from deployments.portal.answer.questions import answers_of, with_outliers, with_totals
from deployments.portal.answer.release import ReleaseCard
from deployments.portal.desk.decisions import annulment_of
from deployments.portal.forms.entries import Entry
from deployments.portal.forms.files import files_of, with_file_errors
from deployments.portal.forms.turn import CheckPage, Ready, Seen, Sender, act, look_ahead, read
from deployments.portal.login.reader import LinkOver
from deployments.portal.web.posted_form import FormTarget, PostedForm, SignedForm, read_form
from deployments.portal.web.state import Portal
from deployments.portal.web.thanks import Thanks
from models.currency import Amount
from models.errors import GrantError, Unreadable
from models.forms.faults import Fault
from models.forms.field import Kind, read_fields
from models.forms.spec import command_from
from models.message import Remark
from models.vocabulary import Basis
from tasks.commands.answers.outliers import list_outliers
from tasks.perform import Command
from tasks.store.database import reading
from tasks.store.form_keys import taken_at
from tasks.words.translator import Translator, translator
from tasks.words.vocabulary import word_name, word_slack

log = logging.getLogger(__name__)


# What the form of the desk that takes an act back begins with.
_UNDO: Mapping[str, Callable[[CardForm], Mapping[str, str]]] = {
    "approve": lambda form: {"step": form.step},
    "decide": lambda form: annulment_of({field.name: field for field in form.fields}),
}


@dataclass(frozen=True, slots=True)
class OnCard:
    """A form that was posted, and that the reader's page still has on a card, in the same state."""

    portal: Portal
    view: TaskPage
    card: Card
    opened: CardForm
    signed: SignedForm
    now: datetime

    @property
    def sender(self) -> Sender:
        """Whose page it is."""
        reader = self.view.reader
        return Sender(self.portal, self.view.say, reader.actor, person_id=reader.id)

    def read(self, posted: PostedForm) -> CardForm:
        """Return the form as it was posted, with what is wrong at its fields; files go into its draft at once."""
        portal = self.portal
        today = self.view.today
        form = self.opened
        if form.keeps_files:
            form, posted = keep_files(portal.engine, form, posted, self.view.reader.id, self.now)
        else:
            form = replace(form, files=files_of(posted, portal.keys))
        fields = with_totals(form.questions, read_fields(form.fields, posted.texts, today))
        form = with_file_errors(form.with_fields(fields), posted)
        if form.questions and not form.is_wrong:
            found = list_outliers(portal.engine, form.grant, form.step, answers_of(form.fields), today)
            form = replace(form, fields=with_outliers(self.view.say, form.fields, found))
        return form

    def keep(self, form: CardForm, posted: PostedForm) -> Response | None:
        """Keep what was typed, unless it was seen on the page that checks it; return where to go if that was all."""
        texts = posted.texts
        if form.keeps and (form.is_wrong or "seen" not in texts):
            keep_texts(
                self.portal.engine,
                form,
                texts=texts,
                person_id=self.view.reader.id,
                now=self.now,
                today=self.view.today,
            )
        file_errors = [one.error for one in form.fields if one.kind is Kind.FILE and one.error]
        # A draft may still be without a document that is asked for.
        was_file_refused = any(error.message is not Fault.NO_FILE for error in file_errors)
        if not {"save", "drop"} & texts.keys() or was_file_refused:
            return None
        if texts.get("save") == "by itself":  # a page that keeps itself as it is typed into stays where it is
            return Response(status_code=204)
        if form.files:  # they came with a form whose draft is its texts alone
            return self.show(form.with_errors({"files": Fault.NOT_IN_DRAFT()}), 422)
        anchor = self.card.anchor
        if "drop" in texts:
            return RedirectResponse(f"{self.view.reader.page}?at={anchor}&act={form.act}", 303)
        return RedirectResponse(f"{self.view.reader.page}?at={anchor}&kept={anchor}#{anchor}", 303)

    def command(self, form: CardForm) -> Command:
        """Return the command that the form gives."""
        # What is kept lies in its draft.
        files = {"files": form.files} if form.takes_files and not form.keeps_files else {}
        return cast("Command", command_from(form.spec.command, form.fields, **form.known, **files))

    def undo(self, form: CardForm) -> str:
        """Return where an act is taken back on the desk: an approval, a decision; an answer is by its letter's link."""
        if form.back:
            return form.back
        filled = _UNDO.get(form.act)
        if filled is None or isinstance(self.card, ReleaseCard):
            return ""
        return f"/desk/{form.spec.undone_by}/{self.card.step.grant_id}?{urlencode(filled(form))}"

    def calendar(self, connection: Connection) -> list[Any]:
        """Return nothing: the page lists no steps."""
        return []

    def check_page(self, form: CardForm) -> CheckPage:
        """Return the page on which the form is checked."""
        card = self.card
        reader = self.view.reader
        is_task = isinstance(card, TaskCard)
        late = ""
        if is_task and card.due_on and (sent := form.value("paper_on")) and sent > card.due_on:
            late = word_slack(self.view.say, card.due_on, sent)
        return CheckPage(
            address=reader.page,
            card=card,
            visit=reader.visit,
            by=reader.name,
            entries=[Entry(*one) for one in card.facts] if Basis.ACCOUNT in form.spec.shows else [],
            remarks={"paper_on": late} if late else {},
        )

    def show(self, form: CardForm, status: int = 200) -> Response:
        """Return the page with the form as it was typed, what is wrong with it, and the files that came with it."""
        with reading(self.portal.engine) as connection:
            view = load_task_page(self.portal, connection, self.view.find, self.view.page)
        view.cards[:] = with_answer(view.cards, self.card.anchor, form)
        return page_of(self.portal, view, status=status)

    def refuse(self, form: CardForm, error: GrantError | Unreadable, status: int) -> Response:
        """Return the page with why a rule refused it: at the field that is to be corrected, or above the form."""
        log.info("an answer was refused: %s", type(error).__name__)
        corrected = with_problem(form, error)
        if corrected is not None:
            return self.show(corrected, 422)
        with reading(self.portal.engine) as connection:
            view = load_task_page(self.portal, connection, self.view.find, about=form.about)
            if find_form(view, form.about, form.act) is None:  # what was refused may have changed meanwhile
                return page_of(
                    self.portal,
                    view,
                    status=409,
                    notices=[find_change(connection, self.view.say, form.about)],
                )
        without = replace(form, files=())  # nothing holds them any more
        view.cards[:] = with_answer(view.cards, self.card.anchor, without, problem_of(error))
        return page_of(self.portal, view, status=409)

    def finish(self, form: CardForm, moved: Mapping[str, object] | None, undo: str = "") -> Response:
        """Return to the page, which thanks for what is recorded; of a form that had acted before it says when."""
        if moved is None:
            return _done_already(self.portal, self.view.find, self.signed)
        return RedirectResponse(f"{self.view.reader.page}?answered={self.card.anchor}", 303)


def check_in_place(portal: Portal, view: TaskPage) -> Seen | None:
    """Return what the form comes to that has the page to itself, where it asks nothing; None for any other."""
    card, form = find_opened(view.cards) or (None, None)
    if card is None or form is None or not form.asks_nothing:
        return None
    unsent = SignedForm(form.about, "")
    return look_ahead(OnCard(portal, view, card, form, unsent, portal.clock()), form)


def answer_form_posted(portal: Portal, find: ReaderNow, posted: PostedForm) -> Response:
    """Act on a posted form, or keep what was typed; return the page, or where to go.

    Raises HTTPException for a form of another page, LinkOver for a link that opens no tasks any more.
    """
    with reading(portal.engine) as connection:
        signed = read_form(posted.texts.get("nonce", ""), find(connection).token, portal.keys)
        if signed is None:
            raise HTTPException(400)
        if taken_at(connection, signed.key) is not None:
            return _done_already(portal, find, signed)
        view = _open(portal, connection, find, signed.about)
        found = find_form(view, signed.about, posted.texts.get("act", ""))
    if found is None:
        return _stale(portal, view, signed.about, posted)
    surface = OnCard(portal, view, *found, signed, portal.clock())
    ready = read(surface, posted)
    return act(surface, ready, posted, signed.key) if isinstance(ready, Ready) else ready


def _open(portal: Portal, connection: Connection, find: ReaderNow, about: FormTarget) -> TaskPage:
    """Return the reader's page with the form on it; of a link that is over it is told why it is not heard."""
    try:
        return load_task_page(portal, connection, find, about=about)
    except LinkOver as over:
        over.unheard = find_change(connection, translator(over.reader.language), about)
        raise


def _done_already(portal: Portal, find: ReaderNow, signed: SignedForm) -> Response:
    """Return the reader's page, or that of a link which is over, with when the form acted."""
    with reading(portal.engine) as connection:
        done_at = taken_at(connection, signed.key)
        local = done_at.astimezone(portal.settings.zone) if done_at else None
        thanks = Thanks("done already", done_at=local)
        try:
            return page_of(
                portal, load_task_page(portal, connection, find, about=signed.about), thanks=thanks
            )
        except LinkOver as over:
            over.said = thanks
            raise


def _stale(portal: Portal, view: TaskPage, about: FormTarget, posted: PostedForm) -> Response:
    """Return the page as it is now, and why the form does not act; what was typed waits in it to be looked at."""
    found = find_form(view, about, posted.texts.get("act", ""), changed=True)
    if found is not None and found[1].keeps:
        reader = view.reader
        now = portal.clock()
        form = found[1]
        if form.keeps_files:
            form, posted = keep_files(portal.engine, form, posted, reader.id, now)
        keep_texts(portal.engine, form, texts=posted.texts, person_id=reader.id, now=now, today=view.today)
    with reading(portal.engine) as connection:
        view = load_task_page(portal, connection, view.find, about=about)
        if found is not None:
            view.cards[:] = with_form_opened(view.cards, found[0].anchor, found[1].act)
        other = _other_money(view.say, about, found[1]) if found else None
        notices = [other or find_change(connection, view.say, about)]
    if posted.refused:
        notices += [NotTaken.FILE(name=one.name, why=one.fault()) for _, one in posted.refused]
    return page_of(portal, view, status=409, notices=notices)


def _other_money(say: Translator, about: FormTarget, form: CardForm) -> Remark | None:
    """Return that money is of another sum, or to another account, than the form showed; None where it is not."""
    if Basis.ACCOUNT not in form.spec.shows:
        return None
    if form.about.sum_minor != about.sum_minor:
        was, now = (Amount(one or 0, form.currency) for one in (about.sum_minor, form.about.sum_minor))
        return NotTaken.OTHER_SUM(was=was, now=now)
    if form.about.account == about.account:
        return None
    return NotTaken.OTHER_ACCOUNT(now=word_name(say, "account", form.about.account))
