"""Take a form that was posted to a reader's page: look whether it still holds, check it, and carry it out."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from deployments.portal.answer.cards import Card, with_answer
from deployments.portal.answer.filled import command_of, fill_form
from deployments.portal.answer.form import Form
from deployments.portal.answer.outcome import find_change, problem_of, with_problem
from deployments.portal.answer.page import (
    ReaderNow,
    TaskPage,
    check_page,
    find_form,
    load_task_page,
    next_steps,
    page_of,
)
from deployments.portal.answer.questions import answers_of, with_odd_figures
from deployments.portal.answer.typed_form import keep_files, keep_texts, with_file_errors
from deployments.portal.forms.moved import worded
from deployments.portal.login.reader import LinkOver
from deployments.portal.web.posted_form import FormFor, PostedForm, SignedForm, read_form
from deployments.portal.web.state import PageMessage, Portal, message
from models.commands.clock import Clock
from models.errors import DatabaseUnready, GrantError
from tasks.commands.answers.odd_figures import odd_figures
from tasks.perform import perform, preview
from tasks.store.database import reading
from tasks.store.form_keys import by_form, taken_at
from tasks.words.translator import translator

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Turn:
    """A posted form that the page still has: on whose page, of which card, and when; by its `key` it acts once."""

    portal: Portal
    view: TaskPage
    card: Card
    form: Form
    key: str
    now: datetime


def answer_form_posted(portal: Portal, find: ReaderNow, posted: PostedForm) -> Response:
    """Act on a posted form, or keep what was typed; return the page, or where to go.

    Raises HTTPException for a form of another page, LinkOver for a link that opens no tasks any more.
    """
    with reading(portal.engine) as connection:
        signed = read_form(posted.texts.get("nonce", ""), find(connection).token, portal.keys)
        done_at = taken_at(connection, signed.key) if signed else None
        view = _open(portal, connection, find, signed, done_at)
        if signed is None:
            raise HTTPException(400)
        if done_at is not None:
            return page_of(portal, view, thanks=_done_already(portal, done_at))
        found = find_form(view, signed.about, posted.texts.get("act", ""))
    if found is None:
        return _stale(portal, view, signed.about, posted)
    turn = _Turn(portal, view, *found, signed.key, portal.clock())
    posted, form = _checked(turn, posted)
    if _is_draft(posted) and not posted.refused:
        return _kept(turn, posted)
    if form.is_wrong:
        return _correct(turn, form)
    if "change" in posted.texts:
        return _correct(turn, form, status=200)
    return _check(turn, posted, form) if "check" in posted.texts else _act(turn, posted, form)


def _open(
    portal: Portal,
    connection: Connection,
    find: ReaderNow,
    signed: SignedForm | None,
    done_at: datetime | None,
) -> TaskPage:
    """Return the reader's page with the form on it; of a link that is over it is told what became of the form."""
    about = signed.about if signed else None
    try:
        return load_task_page(portal, connection, find, about=about)
    except LinkOver as over:
        over.said = _done_already(portal, done_at) if done_at else None
        if about is not None and not over.said:
            over.unheard = find_change(connection, translator(over.reader.language), about)
        raise


def _is_draft(posted: PostedForm) -> bool:
    """Return whether the post only keeps what was typed, or takes a file out."""
    return bool({"save", "drop"} & posted.texts.keys())


def _checked(turn: _Turn, posted: PostedForm) -> tuple[PostedForm, Form]:
    """Return the post, and the form as it was filled, with what is wrong in it; what does not act is kept."""
    portal = turn.portal
    view = turn.view
    if turn.form.takes_files:
        posted = keep_files(portal.engine, turn.form, posted, view.reader.id, turn.now)
    form = with_file_errors(fill_form(turn.form, posted.texts, view.today), posted)
    if form.act == "done" and not form.is_wrong:
        found = odd_figures(portal.engine, form.grant, form.step, answers_of(form.fields), view.today)
        form = replace(form, fields=with_odd_figures(view.say, form.fields, found))
    if form.keeps and (_is_draft(posted) or form.is_wrong):
        keep_texts(
            portal.engine, form, posted=posted, person_id=view.reader.id, now=turn.now, today=view.today
        )
    return posted, form


def _act(turn: _Turn, posted: PostedForm, form: Form) -> Response:
    """Carry out what is asked for; a refusal is shown on the page."""
    portal = turn.portal
    view = turn.view
    engine = by_form(portal.engine, turn.key)
    clock = Clock(view.today, turn.now)
    try:
        perform(engine, command_of(form), view.reader.actor, clock, settings=portal.settings)
    except DatabaseUnready:
        raise
    except GrantError as error:
        if _has_acted(portal, turn.key):
            # It came twice at once: the other one did it.
            return answer_form_posted(portal, view.find, posted)
        return _not_taken(turn, posted, form, error)
    return RedirectResponse(f"{view.reader.page}?answered={turn.card.anchor}", 303)


def _not_taken(turn: _Turn, posted: PostedForm, form: Form, error: GrantError) -> Response:
    """Return the page with why a rule refused it: at the field that is to be corrected, or above the form."""
    log.info("an answer was refused: %s", type(error).__name__)
    corrected = with_problem(form, error)
    return _correct(turn, corrected) if corrected is not None else _refused(turn, posted, error)


def _has_acted(portal: Portal, form_key: str) -> bool:
    with reading(portal.engine) as connection:
        return taken_at(connection, form_key) is not None


def _done_already(portal: Portal, done_at: datetime) -> PageMessage:
    return message("done_already", local=done_at.astimezone(portal.settings.zone))


def _kept(turn: _Turn, posted: PostedForm) -> Response:
    """Return to the card that is kept; a page that keeps itself as it is typed into stays where it is."""
    if posted.texts.get("save") == "by itself":
        return Response(status_code=204)
    view = turn.view
    anchor = turn.card.anchor
    page = f"&page={view.page}" if view.page > 1 else ""
    return RedirectResponse(f"{view.reader.page}?kept={anchor}{page}#{anchor}", 303)


def _check(turn: _Turn, posted: PostedForm, form: Form) -> Response:
    """Return a page that shows once more what will be recorded, what that moves and who is told; the texts are kept."""
    portal = turn.portal
    about = form.about
    if form.keeps:
        keep_texts(
            portal.engine,
            form,
            posted=posted,
            person_id=turn.view.reader.id,
            now=turn.now,
            today=turn.view.today,
        )
    try:
        clock = Clock(turn.view.today, turn.now)
        found = preview(portal.engine, command_of(form), turn.view.reader.actor, clock)
    except DatabaseUnready:
        raise
    except GrantError as error:
        return _not_taken(turn, posted, form, error)
    with reading(portal.engine) as connection:
        moved = worded(connection, turn.view.say, found, {}, turn.view.today)
        view = load_task_page(portal, connection, turn.view.find, about=about)
        shown = find_form(view, about, form.act)
        follows = next_steps(connection, view.say, about.id) if about.about == "step" else []
    if shown is None:
        return _stale(portal, view, about, posted)
    card = shown[0]
    filled = replace(form, files=shown[1].files)
    return check_page(
        portal, view, card=card, form=filled, nonce=posted.texts["nonce"], follows=follows, moved=moved
    )


def _correct(turn: _Turn, form: Form, status: int = 422) -> Response:
    """Return the page with what was typed, what is wrong with it, and the files that came with it."""
    with reading(turn.portal.engine) as connection:
        view = load_task_page(turn.portal, connection, turn.view.find, turn.view.page)
    view.cards[:] = with_answer(view.cards, turn.card.anchor, form.act, form.fields)
    return page_of(turn.portal, view, status=status)


def _stale(portal: Portal, view: TaskPage, about: FormFor, posted: PostedForm) -> Response:
    """Return the page as it is now, and why the form does not act; what was typed waits in it to be looked at."""
    found = find_form(view, about, posted.texts.get("act", ""), changed=True)
    if found is not None and found[1].takes_files:
        posted = keep_files(portal.engine, found[1], posted, view.reader.id, portal.clock())
    if found is not None and found[1].keeps:
        keep_texts(
            portal.engine,
            found[1],
            posted=posted,
            person_id=view.reader.id,
            now=portal.clock(),
            today=view.today,
        )
    with reading(portal.engine) as connection:
        view = load_task_page(portal, connection, view.find, about=about)
        notices = [(found and _other_money(about, found[1])) or find_change(connection, view.say, about)]
    if posted.refused:
        notices.append(message("files_refused", refused=[one for _, one in posted.refused]))
    return page_of(portal, view, status=409, notices=notices)


def _other_money(about: FormFor, form: Form) -> PageMessage | None:
    """Return that a release is of another sum, or to another account, than the form showed; None where it is not."""
    if about.about != "part":
        return None
    if form.about.sum_minor != about.sum_minor:
        return message("other_sum", was=about.sum_minor, now=form.about.sum_minor, currency=form.currency)
    return message("other_account", now=form.about.account) if form.about.account != about.account else None


def _refused(turn: _Turn, posted: PostedForm, error: GrantError) -> Response:
    """Return the page as it is now, with what was typed: what was refused may have changed meanwhile."""
    portal = turn.portal
    form = turn.form
    find = turn.view.find
    about, typed = form.about, replace(posted, files=())  # they are kept already
    with reading(portal.engine) as connection:
        view = load_task_page(portal, connection, find, about=about)
    if find_form(view, about, form.act) is None:
        return _stale(portal, view, about, typed)
    if form.keeps:
        keep_texts(
            portal.engine, form, posted=typed, person_id=view.reader.id, now=portal.clock(), today=view.today
        )
        with reading(portal.engine) as connection:
            view = load_task_page(portal, connection, find, about=about)
    anchor = f"{'s' if about.about == 'step' else 'p'}{about.id}"
    view.cards[:] = with_answer(view.cards, anchor, form.act, (), problem_of(error))
    return page_of(portal, view, status=409)
