"""The page behind a letter's button: everything its reader has to do, and the answers to it.

Whoever has the link is taken for its reader. Mail scanners open links, so GET changes nothing; a post needs the
nonce of a form on the page, and acts only while the step is as it was shown.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from deployments.portal.answer_acts import Posted, carry_out
from deployments.portal.answer_form import Form
from deployments.portal.answer_words import (
    with_file_problem,
    word_done_already,
    word_problem,
    word_stale,
    word_thanks,
)
from deployments.portal.desk_state import Portal, portal_of
from deployments.portal.form_checks import check_form, with_odd_figures
from deployments.portal.form_fields import Field
from deployments.portal.form_nonce import FormFor, read_form, sign_form
from deployments.portal.form_values import answers_of
from deployments.portal.link_reader import LinkOver, find_reader
from deployments.portal.page_numbers import id_asked, page_asked
from deployments.portal.posted_form import PostedForm, read_posted_form
from deployments.portal.release_cards import TaskCard
from deployments.portal.task_cards import with_answer
from deployments.portal.task_desk import Desk, find_form, open_desk, page_of
from deployments.portal.turns import change_in_turn
from deployments.portal.typed_form import keep_files, keep_texts, with_file_errors, word_refused
from models.errors import DatabaseUnready, FileNotApproved, GrantError
from tasks.figures.gathering import gather_answers
from tasks.grants.acts.odd_figures import odd_figures
from tasks.grants.vault.documents import drop_unnamed, find_document, vault_of
from tasks.papers.made_papers import renew_report
from tasks.papers.word_templates import own_templates
from tasks.store.database import reading
from tasks.store.taken_forms import by_form, taken_at
from tasks.wording.words import speaker

log = logging.getLogger(__name__)


def show_tasks(request: Request) -> Response:
    """Return the reader's page; `?answered=s12` thanks for what is recorded of that step, `?kept=s12` for a draft."""
    portal = portal_of(request)
    page = page_asked(request.query_params.get("page"))
    with reading(portal.engine) as connection:
        desk = open_desk(portal, connection, request.path_params["token"], page)
        answered = request.query_params.get("answered", "")
        thanks = word_thanks(connection, desk.say, desk.reader, answered, desk.today)
    kept = request.query_params.get("kept", "")
    if any(card.anchor == kept and any(form.kept for form in card.forms) for card in desk.cards):
        thanks = desk.say.gettext("It is saved, and not sent yet. You find it here when you come back.")
    return page_of(portal, desk, thanks=thanks)


def show_link_over(request: Request, error: Exception) -> Response:
    """Return the page behind a link that opens no tasks any more: it offers a new one, by email."""
    portal = portal_of(request)
    assert isinstance(error, LinkOver)  # noqa: S101  (what it is registered for)
    reader, token = error.reader, request.path_params["token"]
    say = speaker(reader.language)
    with reading(portal.engine) as connection:
        answered = request.query_params.get("answered", "")
        thanks = error.said or word_thanks(connection, say, reader, answered, portal.today)
    return portal.pages.show(
        "link_over.html",
        say,
        status=200 if thanks else 410,
        reader=reader,
        thanks=thanks,
        unheard=error.unheard,
        token=token,
        nonce=sign_form(FormFor("link", reader.letter_id, 0), token, portal.keys),
    )


async def take_answer(request: Request) -> Response:
    """Take a form: 303 back to the page when it is accepted or kept, else the page with what is wrong."""
    portal, token = portal_of(request), request.path_params["token"]
    # Nobody but a link's holder puts a byte on the disk.
    await run_in_threadpool(_check_link, portal, token)
    posted = await read_posted_form(request, vault_of(portal.settings.home))
    return await change_in_turn(_answer_and_tidy, portal, token, posted)


def _answer_and_tidy(portal: Portal, token: str, posted: PostedForm) -> Response:
    """Answer; whatever comes of it, no file stays that no row names."""
    stored = [file.stored_as for file in posted.files]
    dropped = id_asked(posted.texts.get("drop", ""))
    if dropped is not None:
        with reading(portal.engine) as connection:
            document = find_document(connection, dropped)
        stored += [document.stored_as] if document is not None else []
    try:
        return _answer(portal, token, posted)
    finally:
        if stored:
            drop_unnamed(portal.engine, vault_of(portal.settings.home), stored)


def _check_link(portal: Portal, token: str) -> None:
    with reading(portal.engine) as connection:
        now = portal.clock()
        if find_reader(connection, token, portal.keys, portal.local_date(now), now) is None:
            raise HTTPException(404)


def _answer(portal: Portal, token: str, posted: PostedForm) -> Response:
    with reading(portal.engine) as connection:
        signed = read_form(posted.texts.get("nonce", ""), token, portal.keys)
        done_at = taken_at(connection, signed.key) if signed else None
        try:
            shown = signed.about if signed else None
            # What has acted already is told on the whole page.
            desk = open_desk(portal, connection, token, about=shown, alone=done_at is None)
        except LinkOver as over:
            over.said = _done_already(portal, over.reader.language, done_at)
            over.unheard = signed is not None and not over.said
            raise
        if signed is None:
            raise HTTPException(400)
        if done_at is not None:
            return page_of(portal, desk, thanks=_done_already(portal, desk.reader.language, done_at))
        about = signed.about
        found = find_form(desk, about, posted.texts.get("act", ""))
    if found is None:
        return _stale(portal, desk, about, posted)
    card, form = found
    now = portal.clock()
    if form.keeps:
        posted = keep_files(portal.engine, form, posted, desk.reader.id, now)
    fields = check_form(desk.say, form, posted.texts, card.row.currency)
    fields = with_file_errors(desk.say, form, fields, posted)
    if form.act == "done" and not any(field.error for field in fields):
        row = card.row
        found_odd = odd_figures(portal.engine, row.reference, row.key, answers_of(fields), desk.today)
        fields = with_odd_figures(desk.say, fields, found_odd)
    wrong = any(field.error for field in fields)
    only_kept = bool({"save", "drop"} & posted.texts.keys())
    if form.keeps and (wrong or only_kept):
        keep_texts(portal.engine, form, posted, desk.reader.id, now)
    if only_kept and not posted.refused:
        kept_itself = posted.texts.get("save") == "by itself"
        return Response(status_code=204) if kept_itself else _kept(desk, card)
    if wrong:
        return _mend(portal, desk, card, form, fields)
    try:
        engine, vault = by_form(portal.engine, signed.key), vault_of(portal.settings.home)
        carry_out(engine, vault, _posted(desk, card, form, fields), desk.today, now)
    except DatabaseUnready:
        raise
    except GrantError as error:
        if _has_acted(portal, signed.key):
            return _answer(portal, token, posted)  # it came twice at once: the other one did it
        log.info("an answer was refused: %s", type(error).__name__)
        if isinstance(error, FileNotApproved) and "name" in error.facts:
            return _mend(portal, desk, card, form, with_file_problem(desk.say, fields, error))
        return _refused(portal, token, form, posted, error)
    if form.act == "done":
        renew_report(
            portal.engine,
            vault_of(portal.settings.home),
            card.row.reference,
            card.row.key,
            by_email=desk.reader.email,
            templates=own_templates(portal.settings.home),
            today=desk.today,
            now=now,
        )
        gather_answers(portal.engine, card.row.reference, desk.today, now)
    return RedirectResponse(f"/t/{token}?answered={card.anchor}", 303)


def _has_acted(portal: Portal, form_key: str) -> bool:
    with reading(portal.engine) as connection:
        return taken_at(connection, form_key) is not None


def _done_already(portal: Portal, language: str, done_at: datetime | None) -> str:
    return word_done_already(speaker(language), done_at, portal.settings.zone) if done_at else ""


def _kept(desk: Desk, card: TaskCard) -> Response:
    page = f"&page={desk.page}" if desk.page > 1 else ""
    return RedirectResponse(f"/t/{desk.token}?kept={card.anchor}{page}#{card.anchor}", 303)


def _mend(portal: Portal, desk: Desk, card: TaskCard, form: Form, fields: tuple[Field, ...]) -> Response:
    """Return the page with what was typed, what is wrong with it, and the files that came with it."""
    with reading(portal.engine) as connection:
        desk = open_desk(portal, connection, desk.token, desk.page)
    desk.cards[:] = with_answer(desk.cards, card.anchor, form.act, fields)
    return page_of(portal, desk, status=422)


def _posted(desk: Desk, card: TaskCard, form: Form, fields: tuple[Field, ...]) -> Posted:
    is_step = form.about.about == "step"
    return Posted(
        act=form.act,
        reference=card.row.reference,
        step_key=card.row.key if is_step else "",
        step_version=form.about.state,
        instalment=card.part.number if card.part is not None else None,
        first_of_two=not is_step and form.about.state == 0,
        shown_minor=form.about.sum_minor,
        shown_account=form.about.account,
        report_version=form.about.version,
        currency=card.row.currency,
        by_email=desk.reader.email,
        fields=fields,
    )


def _stale(portal: Portal, desk: Desk, about: FormFor, posted: PostedForm) -> Response:
    """Return the page as it is now, and why the form does not act; what was typed waits in it to be looked at."""
    found = find_form(desk, about, posted.texts.get("act", ""), changed=True)
    if found is not None and found[1].keeps:
        posted = keep_files(portal.engine, found[1], posted, desk.reader.id, portal.clock())
        keep_texts(portal.engine, found[1], posted, desk.reader.id, portal.clock())
    with reading(portal.engine) as connection:
        desk = open_desk(portal, connection, desk.token, about=about)
        notice = word_stale(connection, desk.say, about, desk.today)
    notice = f"{notice} {word_refused(desk.say, posted)}".strip()
    return page_of(portal, desk, status=409, notice=notice)


def _refused(portal: Portal, token: str, form: Form, posted: PostedForm, error: GrantError) -> Response:
    """Return the page as it is now, with what was typed: what was refused may have changed meanwhile."""
    about, typed = form.about, replace(posted, files=())  # they are kept already
    with reading(portal.engine) as connection:
        desk = open_desk(portal, connection, token, about=about)
    if find_form(desk, about, form.act) is None:
        return _stale(portal, desk, about, typed)
    if form.keeps:
        keep_texts(portal.engine, form, typed, desk.reader.id, portal.clock())
        with reading(portal.engine) as connection:
            desk = open_desk(portal, connection, token, about=about)
    anchor = f"{'s' if about.about == 'step' else 'p'}{about.id}"
    desk.cards[:] = with_answer(desk.cards, anchor, form.act, (), word_problem(desk.say, form.act, error))
    return page_of(portal, desk, status=409)
